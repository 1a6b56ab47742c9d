const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** Bytes for people: MiB, and GiB where there are thousands of them. */
export function sizeText(bytes: number): string {
  if (bytes >= GIB) return `${(bytes / GIB).toFixed(1)} GiB`;
  return `${(bytes / MIB).toFixed(bytes < 10 * MIB ? 1 : 0)} MiB`;
}
