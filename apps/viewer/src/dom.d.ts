// Parts of the File System Access API that TypeScript's DOM library does not have; absent in some browsers.
interface Window {
  showDirectoryPicker?(options?: { id?: string }): Promise<FileSystemDirectoryHandle>;
  showSaveFilePicker?(options?: { suggestedName?: string }): Promise<FileSystemFileHandle>;
}
