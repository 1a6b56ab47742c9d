// Replaces several files and folders of one folder atomically. They are written aside; one rename declares them complete; then
// each is moved into place. A process that dies before that rename has changed nothing; if it dies after it, the next process
// finishes the moves.
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '@pyramid-mamba/data';
import { fileReason, syncFolder, temporaryPath } from '@pyramid-mamba/data/node';

/** The folder of complete results until each is in place. */
const readyPath = (folder: string, name: string) => join(folder, `.${name}.ready`);

/** New contents of a folder, not yet in place. */
export class Exchange {
  readonly #aside: string;

  /** @param name of the replaced results, for the names of hidden folders */
  constructor(
    readonly folder: string,
    readonly name: string,
  ) {
    this.#aside = temporaryPath(join(folder, name));
  }

  /** The path of a file until it is in place. */
  at(...parts: string[]): string {
    return join(this.#aside, ...parts);
  }

  /**
   * Moves everything into place, replacing existing folders completely. Throws a FileError on failure: then either
   * everything old is in place, or `finish` continues.
   */
  async commit(): Promise<void> {
    await finish(this.folder, this.name);
    try {
      await mkdir(this.#aside, { recursive: true });
      await syncFolder(this.#aside);
      await rename(this.#aside, readyPath(this.folder, this.name));
      await syncFolder(this.folder);
    } catch (error) {
      throw new FileError(
        `${this.folder}: new ${this.name} cannot be moved into place: ${fileReason(error)}`,
        {
          cause: error,
        },
      );
    }
    await finish(this.folder, this.name);
  }

  /** Discards what was not committed. */
  async drop(): Promise<void> {
    await rm(this.#aside, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Whether an exchange was declared complete but is not in place: the results are then partly old and partly new. */
export const isUnfinished = (folder: string, name: string): boolean => existsSync(readyPath(folder, name));

/** Moves into place what a dead process declared complete. Requires the folder's lock. */
export async function finish(folder: string, name: string): Promise<void> {
  const ready = readyPath(folder, name);
  if (!existsSync(ready)) return;
  try {
    for (const entry of readdirSync(ready, { withFileTypes: true })) {
      await putInPlace(join(ready, entry.name), join(folder, entry.name), entry.isDirectory());
    }
    await rmdir(ready);
  } catch (error) {
    throw new FileError(
      `${folder}: the new ${name} are complete but cannot all be moved into place: ${fileReason(error)}; run the command again to continue`,
      { cause: error },
    );
  }
  await syncFolder(folder);
}

/** A file replaces the old one in one step; an old folder is moved aside first, and removed once the new one is in place. */
async function putInPlace(from: string, to: string, isFolder: boolean): Promise<void> {
  if (!isFolder) return rename(from, to);
  const old = temporaryPath(to);
  await rename(to, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(from, to);
  await rm(old, { recursive: true, force: true }).catch(() => undefined);
}
