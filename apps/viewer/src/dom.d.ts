// Parts of the File System Access API that TypeScript's DOM library does not have; absent in some browsers.
interface Window {
  showDirectoryPicker?(options?: { id?: string }): Promise<FileSystemDirectoryHandle>;
  showSaveFilePicker?(options?: { suggestedName?: string }): Promise<FileSystemFileHandle>;
}

/** Replacements for `createWritable` in some browsers; the first only in workers. */
interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<{
    truncate(size: number): void;
    write(bytes: Uint8Array<ArrayBuffer>, options?: { at?: number }): number;
    flush(): void;
    close(): void;
  }>;
  move(folder: FileSystemDirectoryHandle, name: string): Promise<void>;
}
