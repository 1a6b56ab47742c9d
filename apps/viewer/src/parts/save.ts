/** Downloads a file under a name. */
export function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // the download has started once the click is handled
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
