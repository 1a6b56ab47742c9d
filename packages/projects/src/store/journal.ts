import type { FolderFiles } from '@pyramid-mamba/runs';
import type { Change } from '../content/change.js';
import type { Project } from '../content/project.js';
import { entryText, snapshotText } from '../content/snapshot.js';
import { cardText } from './card.js';
import { numberOf, PATHS } from './layout.js';
import type { Loaded } from './load.js';

/** A large index is written more rarely: that takes longer than reading changes. */
const RARER = 8;
const LARGE_INDEX = 2 ** 20;

const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/**
 * The files of a project's index: a change is one new file, written atomically, so that a tab killed at any moment loses at most that
 * change. Now and then a snapshot takes the place of the changes; the one before stays, with the changes since, in case it is damaged.
 */
export class Journal {
  #seq: number;
  #base: number;
  #entries: number;
  #indexBytes = 0;

  constructor(
    private readonly files: FolderFiles,
    private readonly id: string,
    { seq, base, entries }: Pick<Loaded, 'seq' | 'base' | 'entries'>,
    /** Changes after which a snapshot is due. */
    private readonly every: number,
  ) {
    [this.#seq, this.#base, this.#entries] = [seq, base, entries];
  }

  /** Number of the last change. */
  get seq(): number {
    return this.#seq;
  }

  /** Stores a change; its number. After a failure it is not stored. */
  async append(change: Change, label: string, at: string): Promise<number> {
    const seq = this.#seq + 1;
    await this.files.write(PATHS.entry(this.id, seq), bytesOf(entryText({ seq, at, label, change })));
    this.#entries++;
    return (this.#seq = seq);
  }

  /** Whether a snapshot is due. */
  get long(): boolean {
    return this.#entries >= this.every * (this.#indexBytes > LARGE_INDEX ? RARER : 1);
  }

  /** Writes a snapshot of the project as of the last change, and removes what no longer counts. */
  async compact(project: Project): Promise<void> {
    const { files, id } = this;
    const bytes = bytesOf(snapshotText(project, this.#seq));
    await files.write(PATHS.snapshot(id, this.#seq), bytes);
    this.#indexBytes = bytes.length;
    const before = this.#base;
    [this.#base, this.#entries] = [this.#seq, 0];
    await files.write(PATHS.card(id), bytesOf(cardText(project, this.#seq)));
    for (const name of await files.names(PATHS.snapshots(id))) {
      const number = numberOf(name);
      if (number !== undefined && number < before) await files.remove(PATHS.snapshot(id, number));
    }
    for (const name of await files.names(PATHS.journal(id))) {
      const number = numberOf(name);
      if (number !== undefined && number <= before) await files.remove(PATHS.entry(id, number));
    }
  }

  /** Whether there are changes since the last snapshot. */
  get changed(): boolean {
    return this.#entries > 0;
  }
}
