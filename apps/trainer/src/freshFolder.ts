import { rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** A folder that is filled beside `folder` and takes its place as a whole, so that files of two evaluations never mix. */
export class FreshFolder {
  readonly #fresh: string;

  constructor(readonly folder: string) {
    this.#fresh = join(dirname(folder), `.${basename(folder)}.${process.pid}.tmp`);
  }

  /** Where a file lies until the folder is kept. */
  at(...parts: string[]): string {
    return join(this.#fresh, ...parts);
  }

  /** Puts what was written in the place of the old folder. */
  async keep(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
    await rename(this.#fresh, this.folder);
  }

  /** Forgets what was written and not kept. */
  async drop(): Promise<void> {
    await rm(this.#fresh, { recursive: true, force: true });
  }
}
