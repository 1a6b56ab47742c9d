/** Runs work with the browser's private storage. Rejects with a sentence if there is none. */
async function storage<T>(work: (root: FileSystemDirectoryHandle) => Promise<T>): Promise<T> {
  try {
    return await work(await navigator.storage.getDirectory());
  } catch (error) {
    throw new Error(
      'the browser gives this page no storage, which training needs; open it over https or from localhost and not in a ' +
        'private window',
      { cause: error },
    );
  }
}

/** Writes all bytes from the file's start. A handle may take fewer than it is given, and says so by its answer alone. */
export function writeWhole(
  access: { write(bytes: Uint8Array<ArrayBuffer>, options: { at: number }): number },
  bytes: Uint8Array<ArrayBuffer>,
): void {
  for (let at = 0; at < bytes.length;) {
    const taken = access.write(bytes.subarray(at), { at });
    if (!(taken > 0)) {
      throw new DOMException(`${at} of ${bytes.length} bytes could be written`, 'QuotaExceededError');
    }
    at += taken;
  }
}

/** Files of a folder in the browser's private storage (OPFS). Only secure pages have one. */
export class Folder {
  private constructor(private readonly handle: FileSystemDirectoryHandle) {}

  /** The folder at `path`, created if missing. Rejects with a sentence if the browser gives no storage. */
  static async open(...path: string[]): Promise<Folder> {
    return storage(async (root) => {
      let handle = root;
      for (const name of path) handle = await handle.getDirectoryHandle(name, { create: true });
      return new Folder(handle);
    });
  }

  /** Removes a folder of the root with its content. */
  static async remove(name: string): Promise<void> {
    const root = await storage((root) => Promise.resolve(root));
    await root.removeEntry(name, { recursive: true }).catch((error: unknown) => {
      if ((error as DOMException).name !== 'NotFoundError') throw error;
    });
  }

  /** Removes a file, if it is there. */
  async removeFile(name: string): Promise<void> {
    await this.handle.removeEntry(name).catch((error: unknown) => {
      if ((error as DOMException).name !== 'NotFoundError') throw error;
    });
  }

  /** The file's bytes, or undefined if it is missing. */
  async read(name: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const file = await (await this.handle.getFileHandle(name)).getFile();
      return new Uint8Array(await file.arrayBuffer());
    } catch (error) {
      if ((error as DOMException).name === 'NotFoundError') return undefined;
      throw error;
    }
  }

  /** Writes a file atomically: if the tab is closed meanwhile, the previous file remains. */
  async write(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    try {
      if ('createWritable' in FileSystemFileHandle.prototype) {
        // the browser writes to a copy and moves it into place on close
        const writable = await (await this.handle.getFileHandle(name, { create: true })).createWritable();
        await writable.write(bytes);
        await writable.close();
      } else await this.replace(name, bytes);
    } catch (error) {
      if ((error as DOMException).name !== 'QuotaExceededError') throw error;
      throw new Error(
        'the browser’s storage for this page is full; free disk space, discard the saved training, or choose a smaller input size',
        { cause: error },
      );
    }
  }

  /** For browsers that only write in place, in workers: writes a copy, then moves it over the file. */
  private async replace(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const copy = await this.handle.getFileHandle(`${name}.new`, { create: true });
    const access = await copy.createSyncAccessHandle();
    try {
      access.truncate(0);
      writeWhole(access, bytes);
      access.flush();
    } finally {
      access.close();
    }
    await copy.move(this.handle, name);
  }
}
