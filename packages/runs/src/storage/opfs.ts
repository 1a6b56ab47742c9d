import { partsOf, requireSize, type Bytes, type FolderFiles } from './port.js';

/** Bytes of a Blob in memory at once. */
const PIECE = 2 ** 22;

/** Runs work with the browser's private storage. Rejects with a sentence if there is none. */
async function storage<T>(work: (root: FileSystemDirectoryHandle) => Promise<T>): Promise<T> {
  try {
    return await work(await navigator.storage.getDirectory());
  } catch (error) {
    throw new Error(
      'the browser gives this page no storage, which projects and training need; open it over https or from localhost and not in a ' +
        'private window',
      { cause: error },
    );
  }
}

/** Writes all bytes from `start` of the file on. A handle may take fewer than it is given, and says so by its answer alone. */
export function writeWhole(
  access: { write(bytes: Bytes, options: { at: number }): number },
  bytes: Bytes,
  start = 0,
): void {
  for (let at = 0; at < bytes.length;) {
    const taken = access.write(bytes.subarray(at), { at: start + at });
    if (!(taken > 0)) {
      throw new DOMException(`${at} of ${bytes.length} bytes could be written`, 'QuotaExceededError');
    }
    at += taken;
  }
}

/** Also where a part of the path is a file, or the file a folder. */
const isMissing = (error: unknown): boolean =>
  ['NotFoundError', 'TypeMismatchError'].includes((error as DOMException).name);

/** Files of a folder in the browser's private storage (OPFS). Only secure pages have one. */
export class Folder implements FolderFiles {
  private constructor(
    private readonly handle: FileSystemDirectoryHandle,
    readonly name: string,
  ) {}

  /** The folder at `path`, created if missing. Rejects with a sentence if the browser gives no storage. */
  static async open(...path: string[]): Promise<Folder> {
    return storage(async (root) => {
      let handle = root;
      for (const name of path) handle = await handle.getDirectoryHandle(name, { create: true });
      return new Folder(handle, path.join('/'));
    });
  }

  /** The folder of a handle. */
  static on(handle: FileSystemDirectoryHandle, name: string): Folder {
    return new Folder(handle, name);
  }

  /** Removes the folder at `path` with its content, if it is there. */
  static async discard(...path: string[]): Promise<void> {
    const root = await storage((root) => Promise.resolve(root));
    await new Folder(root, '').removeFolder(path.join('/'));
  }

  where(path: string): string {
    return `${path} of the browser’s storage`;
  }

  /** Removes a file, if it is there. */
  async remove(path: string): Promise<void> {
    try {
      const { folder, file } = await this.#place(path, false);
      await folder.removeEntry(file);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  /** The file's bytes, or undefined if it is missing. Rejects with a RunError if it has more than `most` bytes. */
  async read(path: string, most = Infinity): Promise<Bytes | undefined> {
    try {
      const { folder, file } = await this.#place(path, false);
      const found = await (await folder.getFileHandle(file)).getFile();
      requireSize(path, found.size, most);
      return new Uint8Array(await found.arrayBuffer());
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  /**
   * Writes a file atomically: if the tab is closed meanwhile, the previous file remains; where there was none, none or an empty one.
   */
  async write(path: string, content: Bytes | Blob): Promise<void> {
    try {
      const { folder, file } = await this.#place(path, true);
      if ('createWritable' in FileSystemFileHandle.prototype) await swap(folder, file, content);
      else await replace(folder, file, content);
    } catch (error) {
      if ((error as DOMException).name !== 'QuotaExceededError') throw error;
      throw new Error(
        'the browser’s storage for this page is full; free disk space, discard the saved training, or choose a smaller input size',
        { cause: error },
      );
    }
  }

  async names(path: string): Promise<string[]> {
    try {
      const folder = await this.#folder(path === '' ? [] : partsOf(path));
      const names: string[] = [];
      for await (const name of folder.keys()) names.push(name);
      return names;
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  async blob(path: string): Promise<Blob | undefined> {
    try {
      const { folder, file } = await this.#place(path, false);
      return await (await folder.getFileHandle(file)).getFile();
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async removeFolder(path: string): Promise<void> {
    try {
      const { folder, file } = await this.#place(path, false);
      await folder.removeEntry(file, { recursive: true });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async #folder(parts: readonly string[], create = false): Promise<FileSystemDirectoryHandle> {
    let folder = this.handle;
    for (const part of parts) folder = await folder.getDirectoryHandle(part, { create });
    return folder;
  }

  async #place(path: string, create: boolean) {
    const parts = partsOf(path);
    return { folder: await this.#folder(parts.slice(0, -1), create), file: parts.at(-1)! };
  }
}

/** The part of a file's handle that TypeScript's DOM library lacks: it exists in workers. */
interface InPlaceFile {
  createSyncAccessHandle(): Promise<{
    truncate(size: number): void;
    write(bytes: Bytes, options: { at: number }): number;
    flush(): void;
    close(): void;
  }>;
  move(folder: FileSystemDirectoryHandle, name: string): Promise<void>;
}

/** The browser writes to a copy and moves it into place on close. A failed write leaves no copy, and no empty file where none was. */
async function swap(folder: FileSystemDirectoryHandle, name: string, content: Bytes | Blob): Promise<void> {
  const isNew = await folder.getFileHandle(name).then(
    () => false,
    () => true,
  );
  const writable = await (await folder.getFileHandle(name, { create: true })).createWritable();
  try {
    await writable.write(content);
    await writable.close();
  } catch (error) {
    await writable.abort().catch(() => undefined);
    if (isNew) await folder.removeEntry(name).catch(() => undefined);
    throw error;
  }
}

/** Piece by piece, so that a large file is not held in memory as a whole. */
async function* piecesOf(content: Bytes | Blob): AsyncGenerator<Bytes> {
  if (!(content instanceof Blob)) return yield content;
  for (let at = 0; at < content.size; at += PIECE)
    yield new Uint8Array(await content.slice(at, at + PIECE).arrayBuffer());
}

/** For browsers that only write in place, in workers: writes a copy, then moves it over the file. */
async function replace(
  folder: FileSystemDirectoryHandle,
  name: string,
  content: Bytes | Blob,
): Promise<void> {
  const copy = (await folder.getFileHandle(`${name}.new`, { create: true })) as unknown as InPlaceFile;
  const access = await copy.createSyncAccessHandle();
  try {
    access.truncate(0);
    let at = 0;
    for await (const piece of piecesOf(content)) {
      writeWhole(access, piece, at);
      at += piece.length;
    }
    access.flush();
  } catch (error) {
    // what was written takes the space that is missing
    access.close();
    await folder.removeEntry(`${name}.new`).catch(() => undefined);
    throw error;
  }
  access.close();
  await copy.move(folder, name);
}
