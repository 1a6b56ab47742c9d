import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { FileError } from '@pyramid-mamba/data';
import { fileReason, makeFolder, temporaryPath } from '@pyramid-mamba/data/node';

/**
 * A file of streamed lines, so that memory does not grow with their number. It gets its name only when it is
 * complete; what was written before a failure is kept under another name.
 */
export class LineFile {
  private constructor(
    readonly path: string,
    private readonly temporary: string,
    private readonly handle: FileHandle,
  ) {}

  /** Starts a file, creating missing folders. Rejects with a FileError if it cannot be written. */
  static async begin(path: string): Promise<LineFile> {
    const temporary = temporaryPath(path);
    return failing(path, async () => {
      await makeFolder(dirname(path));
      return new LineFile(path, temporary, await open(temporary, 'wx'));
    });
  }

  /** Adds text, line ends included. */
  async add(text: string): Promise<void> {
    await failing(this.path, () => this.handle.writeFile(text));
  }

  /** Renames the file to its final name. */
  async complete(): Promise<void> {
    await this.#close(this.path);
  }

  /** Keeps an incomplete file; returns its name. */
  async keepPart(): Promise<string> {
    const suffix = extname(this.path);
    const part = `${this.path.slice(0, this.path.length - suffix.length)}.partial${suffix}`;
    await this.#close(part);
    return part;
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await rm(this.temporary, { force: true }).catch(() => undefined);
  }

  async #close(path: string): Promise<void> {
    await failing(path, async () => {
      await this.handle.sync();
      await this.handle.close();
      await rename(this.temporary, path);
    });
  }
}

async function failing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new FileError(`${path} cannot be written: ${fileReason(error)}`, { cause: error });
  }
}
