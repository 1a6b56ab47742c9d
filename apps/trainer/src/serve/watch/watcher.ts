import { existsSync } from 'node:fs';
import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { isIgnored, kindOfName, suffixOf } from '@pyramid-mamba/data';
import { TaskRefused } from '@pyramid-mamba/inspect';
import { productHint } from '../../predict/folderClass.js';
import { NotRecorded, NotYet, type Station } from '../station.js';
import { sameState, type FileState, type WatchOutput } from './watchOutput.js';

export interface WatcherOptions {
  station: Station;
  output: WatchOutput;
  folders: readonly string[];
  /** A product, or `auto`: by a folder inside the watched one, else by the picture. */
  product: string;
  /** Milliseconds between two looks at the folders, and for which a file must not have changed. */
  everyMs: number;
  settleMs: number;
  maxBytes: number;
}

/** A file that cannot be decoded may still be written by a slow camera: it is tried again for so long. */
const PATIENCE_MS = 5_000;
/** Judgings of a file that may fail before that is its result. */
const ATTEMPTS = 3;
/** Looks after which files that are gone are forgotten. */
const FORGET_EVERY = 7200;
/** Milliseconds that a file waits after it could not be judged or recorded. */
const AGAIN_MS = 2_000;

interface Pending extends FileState {
  /** When it was first seen in this state, on a clock that does not jump. */
  since: number;
  notBefore: number;
  attempts: number;
}

/**
 * Judges the new pictures of folders. A picture is complete when its size and time of change have been the same for a while and it decodes. It
 * looks at the folders again and again: events of the system are lost on network drives.
 */
export class Watcher {
  readonly #pending = new Map<string, Pending>();
  readonly #taken = new Set<string>();
  #stopped = false;
  #loop: Promise<void> = Promise.resolve();
  #looks = 0;
  /** Suffixes of pictures that cannot be read, once they were told of. */
  readonly #told = new Set<string>();

  constructor(private readonly options: WatcherOptions) {}

  start(): void {
    this.#loop = this.#run();
  }

  /** Takes no more pictures; those it took are the station's. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#loop;
    while (this.#taken.size > 0) await wait(20);
  }

  async #run(): Promise<void> {
    const { station, output, everyMs } = this.options;
    while (!this.#stopped) {
      try {
        await this.#look();
        if (this.#looks++ % FORGET_EVERY === 0) await output.forget(existsSync);
      } catch (error) {
        station.log.error({ err: error }, 'a watched folder could not be read; it is tried again');
      }
      await wait(everyMs);
    }
  }

  async #look(): Promise<void> {
    const seen = new Set<string>();
    for (const folder of this.options.folders) await this.#visit(folder, seen);
    for (const path of this.#pending.keys())
      if (!seen.has(path) && !this.#taken.has(path)) this.#pending.delete(path);
  }

  async #visit(folder: string, seen: Set<string>): Promise<void> {
    const { output, settleMs } = this.options;
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      if (this.#stopped) return;
      if (isIgnored(entry.name)) continue;
      const path = join(folder, entry.name);
      // links are not followed: one could lead to any file of this machine
      if (entry.isDirectory()) await this.#visit(path, seen).catch(() => undefined);
      if (!entry.isFile() || !this.#isPicture(path)) continue;
      seen.add(path);
      if (this.#taken.has(path)) continue;
      const state = await stateOf(path);
      if (!state || state.size === 0 || output.isDone(path, state)) continue;
      const now = performance.now();
      const before = this.#pending.get(path);
      const isNew = !before || !sameState(before, state);
      const pending = isNew ? { ...state, since: now, notBefore: now + settleMs, attempts: 0 } : before;
      this.#pending.set(path, pending);
      if (isNew)
        await output
          .removeOutdated(path, state)
          .catch((error: unknown) =>
            this.options.station.log.warn(
              { file: path, err: error },
              'the result of an earlier picture of this name could not be removed',
            ),
          );
      if (now >= pending.notBefore && this.options.station.pool.room > 0) this.#take(path, pending);
    }
  }

  /** By its name. Other files, and those that are still being written under another name, are left alone. */
  #isPicture(path: string): boolean {
    const kind = kindOfName(path);
    const suffix = suffixOf(path);
    if (kind === 'not-read' && !this.#told.has(suffix)) {
      this.#told.add(suffix);
      this.options.station.log.warn(
        { file: path },
        `pictures that end in ${suffix} cannot be read and are not judged: save them as PNG, JPEG, WebP, TIFF or BMP`,
      );
    }
    return kind === 'read';
  }

  #take(path: string, pending: Pending): void {
    this.#taken.add(path);
    void this.#judge(path, pending)
      .catch((error: unknown) => {
        pending.notBefore = performance.now() + AGAIN_MS;
        const expected = [TaskRefused, NotRecorded, NotYet].some((kind) => error instanceof kind);
        this.options.station.log[expected ? 'warn' : 'error'](
          { file: path, err: error },
          'a watched picture is tried again later',
        );
      })
      .finally(() => void this.#taken.delete(path));
  }

  async #judge(path: string, pending: Pending): Promise<void> {
    const { station, folders, product, maxBytes, output } = this.options;
    const isLarge = pending.size > maxBytes;
    const bytes = isLarge ? new Uint8Array() : await readFile(path);
    const state = await stateOf(path);
    // it was still being written
    if (!state || !sameState(pending, state) || (!isLarge && bytes.length !== state.size)) return;
    const watched = { size: state.size, changed: state.changed };
    pending.attempts++;
    if (isLarge) {
      const why = `${path} has ${pending.size} bytes, expected at most ${maxBytes}: make it smaller, or raise --max-body`;
      await station.refuse({ file: path, watched }, why, 'watch');
    } else {
      const classes = station.models.get()?.info.classes ?? [];
      // a file that is cut may be whole in a moment, and a worker that ended is replaced
      const mayComeAgain = pending.attempts < ATTEMPTS || performance.now() - pending.since < PATIENCE_MS;
      const hint = productHint(classes, product, path, folders);
      await station.judge([{ bytes, file: path, product: hint, watched, mayComeAgain }], 'watch')[0];
    }
    // done where the journal's reader has written it; until then it stays taken
    while (!output.isDone(path, state) && !this.#stopped) await wait(20);
    this.#pending.delete(path);
  }
}

async function stateOf(path: string): Promise<FileState | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() ? { size: found.size, changed: found.mtimeMs } : undefined;
}
