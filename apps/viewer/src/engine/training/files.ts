/** Files of a folder in the browser's private storage (OPFS). Only secure pages have one. */
export class Folder {
  private constructor(private readonly handle: FileSystemDirectoryHandle) {}

  /** The folder at `path`, made where it is missing. Rejects with a sentence where the browser gives no storage. */
  static async open(...path: string[]): Promise<Folder> {
    let handle: FileSystemDirectoryHandle;
    try {
      handle = await navigator.storage.getDirectory();
      for (const name of path) handle = await handle.getDirectoryHandle(name, { create: true });
    } catch (error) {
      throw new Error(
        'the browser gives this page no storage, which training needs; open it by https or from localhost and not in a ' +
          'private window',
        { cause: error },
      );
    }
    return new Folder(handle);
  }

  /** Removes a folder of the root and all that lies in it. */
  static async remove(name: string): Promise<void> {
    const root = await navigator.storage.getDirectory();
    await root.removeEntry(name, { recursive: true }).catch((error: unknown) => {
      if ((error as DOMException).name !== 'NotFoundError') throw error;
    });
  }

  /** The file's bytes, or undefined where there is none. */
  async read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const file = await (await this.handle.getFileHandle(name)).getFile();
      return new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      if ((error as DOMException).name === 'NotFoundError') return undefined;
      throw error;
    }
  }

  /** Writes a file whole or not at all: a tab closed meanwhile leaves the one before. */
  async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      // the browser writes to a copy and puts it in place when it is closed
      const writable = await (await this.handle.getFileHandle(name, { create: true })).createWritable();
      await writable.write(bytes);
      await writable.close();
    } catch (error) {
      if ((error as DOMException).name !== 'QuotaExceededError') throw error;
      throw new Error(
        'the browser’s storage for this page is full; free disk space, discard the saved training, or choose a smaller input size',
        { cause: error },
      );
    }
  }
}
