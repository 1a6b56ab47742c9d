import { existsSync, renameSync, rmSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { FileError } from '@pyramid-mamba/data';
import { fileReason, makeFolder, temporaryPath } from '@pyramid-mamba/data/node';

/**
 * A file of streamed lines, so that memory does not grow with their number. It gets its name only when it is
 * complete; what was written before a failure is kept under another name.
 */
export class LineFile {
  #isOpen = true;
  #placed: string | undefined;

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
    await this.#place(this.path);
  }

  /** Keeps an incomplete file; returns its name, which is the final one if it was complete already. */
  async keepPart(): Promise<string> {
    if (this.#placed === undefined) return this.#place(partOf(this.path));
    await this.#close();
    return this.#placed;
  }

  /** Like `keepPart`, for a process that ends now. */
  keepPartNow(): string {
    if (this.#placed === undefined) renameSync(this.temporary, (this.#placed = partOf(this.path)));
    return this.#placed;
  }

  /** Removes what was written. */
  async discard(): Promise<void> {
    await this.handle.close().catch(() => undefined);
    await rm(this.temporary, { force: true }).catch(() => undefined);
  }

  /** Like `discard`, for a process that ends now. */
  discardNow(): void {
    rmSync(this.temporary, { force: true });
  }

  async #place(path: string): Promise<string> {
    await failing(path, async () => {
      await this.#close();
      await rename(this.temporary, path);
    });
    return (this.#placed = path);
  }

  async #close(): Promise<void> {
    if (!this.#isOpen) return;
    // a failing disk must not keep the part from getting its name
    this.#isOpen = false;
    try {
      await this.handle.sync();
    } finally {
      await this.handle.close();
    }
  }
}

/** The name of an incomplete file, numbered where an earlier one has it. */
function partOf(path: string): string {
  const suffix = extname(path);
  const stem = path.slice(0, path.length - suffix.length);
  const name = (count: number) => `${stem}.partial${count === 1 ? '' : `-${count}`}${suffix}`;
  let count = 1;
  while (existsSync(name(count))) count++;
  return name(count);
}

async function failing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new FileError(`${path} cannot be written: ${fileReason(error)}`, { cause: error });
  }
}
