// Several files and folders of one folder replaced as one. They are written aside; one rename declares them complete; then each
// takes its place. A process that dies before that rename has changed nothing, and what one that dies after it left undone,
// the next one finishes.
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { FileError } from '@pyramid-mamba/data';
import { fileReason, syncFolder, temporaryPath } from '@pyramid-mamba/data/node';

/** Where complete results lie until each is in its place. */
const readyPath = (folder: string, name: string) => join(folder, `.${name}.ready`);

/** New contents of a folder, not yet in place. */
export class Exchange {
  readonly #aside: string;

  /** @param name of what is replaced, for the names of hidden folders */
  constructor(
    readonly folder: string,
    readonly name: string,
  ) {
    this.#aside = temporaryPath(join(folder, name));
  }

  /** Where a file lies until it is in its place. */
  at(...parts: string[]): string {
    return join(this.#aside, ...parts);
  }

  /**
   * Puts all that was written in its place; of a folder there nothing stays. Throws a FileError where that fails: then either
   * everything old is in place, or `finish` goes on.
   */
  async commit(): Promise<void> {
    await finish(this.folder, this.name);
    try {
      await mkdir(this.#aside, { recursive: true });
      await syncFolder(this.#aside);
      await rename(this.#aside, readyPath(this.folder, this.name));
      await syncFolder(this.folder);
    } catch (error) {
      throw new FileError(`${this.folder}: new ${this.name} cannot be put in place: ${fileReason(error)}`, {
        cause: error,
      });
    }
    await finish(this.folder, this.name);
  }

  /** Forgets what was written and not committed. */
  async drop(): Promise<void> {
    await rm(this.#aside, { recursive: true, force: true }).catch(() => undefined);
  }
}

/** Whether an exchange was declared complete and is not in place: what is there is then partly old and partly new. */
export const isUnfinished = (folder: string, name: string): boolean => existsSync(readyPath(folder, name));

/** Puts in place what a process declared complete and did not live to put there. Only for whoever holds the folder's lock. */
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
      `${folder}: the new ${name} are complete but cannot all be put in place: ${fileReason(error)}; the command run again goes on`,
      { cause: error },
    );
  }
  await syncFolder(folder);
}

/** A file replaces the old one in one step; of a folder the old one steps aside first, and goes when the new one stands. */
async function putInPlace(from: string, to: string, isFolder: boolean): Promise<void> {
  if (!isFolder) return rename(from, to);
  const old = temporaryPath(to);
  await rename(to, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(from, to);
  await rm(old, { recursive: true, force: true }).catch(() => undefined);
}
