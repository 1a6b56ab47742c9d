import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import type { Entry, Result } from '../journal/entries.js';
import type { Output } from '../journal/follower.js';

/** A state of a file: another content has another one. */
export interface FileState {
  size: number;
  /** Milliseconds of the last change. */
  changed: number;
}
/** A result of a watched file, and of which state of it. */
export interface WatchedFile extends FileState {
  path: string;
}

export const sameState = (a: FileState | undefined, b: FileState): boolean =>
  a !== undefined && a.size === b.size && a.changed === b.changed;

export interface WatchOutputOptions {
  folders: readonly string[];
  /** The folder of results; undefined puts them beside the pictures. */
  out: string | undefined;
  /** The file of what is done. */
  done: string;
}

/**
 * Writes the results of watched files, and knows which files are done. Both come from the journal alone, so that after a crash every picture has
 * a result or is judged, never both.
 */
export class WatchOutput implements Output {
  readonly name = 'watch';
  readonly #done = new Map<string, FileState>();
  /** The folder of the results of each watched one, below `out`. */
  readonly #below: ReadonlyMap<string, string>;
  /** Writing of the file of what is done: one after the other, or a line is lost that the other did not know of. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(private readonly options: WatchOutputOptions) {
    this.#below = belowOf(options.folders);
  }

  static async open(options: WatchOutputOptions): Promise<WatchOutput> {
    const output = new WatchOutput(options);
    const text = await readFile(options.done, 'utf8').catch(() => '');
    for (const line of text.split('\n')) {
      try {
        const { path, size, changed } = JSON.parse(line) as WatchedFile;
        output.#done.set(path, { size, changed });
      } catch {
        // the last line of a crash: its entry comes again
      }
    }
    return output;
  }

  isDone(path: string, state: FileState): boolean {
    return sameState(this.#done.get(path), state);
  }

  /**
   * Removes the result of an earlier state of a file: beside another picture of the same name it would be taken for that one's. Where there is none, and where
   * it is of this state, nothing changes.
   */
  async removeOutdated(path: string, state: FileState): Promise<void> {
    const before = this.#done.get(path);
    if (before && !sameState(before, state)) await rm(this.#pathOf(path), { force: true });
  }

  /** Forgets files that are gone, so that neither memory nor file grows with the years. */
  forget(isThere: (path: string) => boolean): Promise<void> {
    return this.#inTurn(async () => {
      for (const path of this.#done.keys()) if (!isThere(path)) this.#done.delete(path);
      const lines = [...this.#done].map(([path, state]) => `${JSON.stringify({ path, ...state })}\n`);
      await writeFileAtomic(this.options.done, lines.join(''));
    });
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }

  wants(entry: Entry): boolean {
    return entry.kind === 'result' && entry.source === 'watch' && entry.watched !== undefined;
  }

  async deliver(entries: readonly Entry[]): Promise<unknown> {
    const results = entries.filter((entry): entry is Result & { watched: FileState } => this.wants(entry));
    for (const result of results) {
      const path = this.#pathOf(result.file);
      await mkdir(dirname(path), { recursive: true });
      await writeFileAtomic(path, `${JSON.stringify(result, null, 2)}\n`);
    }
    await this.#inTurn(async () => {
      const handle = await open(this.options.done, 'a');
      try {
        await handle.writeFile(
          results.map(({ file, watched }) => `${JSON.stringify({ path: file, ...watched })}\n`).join(''),
        );
        await handle.datasync();
      } finally {
        await handle.close();
      }
      for (const { file, watched } of results) this.#done.set(file, watched);
    });
    return null;
  }

  /** `part.png.json`, beside the picture or at the same place below `--out`; of several watched folders each has one there. */
  #pathOf(file: string): string {
    const { folders, out } = this.options;
    if (out === undefined) return `${file}.json`;
    const folder = folders.find((one) => !relative(one, file).startsWith('..'));
    return join(
      out,
      `${folder === undefined ? file.replaceAll(/[^\w.-]/g, '_') : join(this.#below.get(folder)!, relative(folder, file))}.json`,
    );
  }
}

/** Two folders may have pictures of one name: with their own folders, named as they are, neither's results replace the other's. */
function belowOf(folders: readonly string[]): Map<string, string> {
  if (folders.length < 2) return new Map(folders.map((folder) => [folder, '']));
  const taken = new Set<string>();
  return new Map(
    folders.map((folder) => {
      const name = basename(folder) || 'root';
      let own = name;
      // also where the disk does not tell cases apart
      for (let n = 2; taken.has(own.toLowerCase()); n++) own = `${name}-${n}`;
      taken.add(own.toLowerCase());
      return [folder, own];
    }),
  );
}
