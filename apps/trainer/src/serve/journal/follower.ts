import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { z } from 'zod';
import type { Entry } from './entries.js';
import type { Journal, Place } from './journal.js';

const cursorSchema = z.object({
  segment: z.number().int().min(0),
  offset: z.number().int().min(0),
  /** What the output wants to know after a crash. */
  note: z.unknown(),
});

/** Where entries go. */
export interface Output {
  readonly name: string;
  /** Milliseconds for which entries are gathered before they are delivered together, where a delivery costs more than its entries. */
  readonly gatherMs?: number;
  /** Entries that it does not want are not given to it. */
  wants(entry: Entry): boolean;
  /**
   * Takes some entries, all or none of them. A rejection is tried again, with the same entries and perhaps more, until it resolves; after a crash they
   * may come again too.
   * @param note stores what `begin` is given after a restart, before the entries count as delivered
   */
  deliver(entries: readonly Entry[], note: (value: unknown) => Promise<void>): Promise<unknown>;
  /** Before the first delivery, with the last note or what `deliver` resolved to. */
  begin?(note: unknown): Promise<void>;
  close?(): Promise<void>;
}

/** Pauses between attempts in milliseconds: doubled, at most the last. */
const PAUSES = { first: 250, last: 60_000 };

export interface FollowerOptions {
  journal: Journal;
  /** The file of its place. */
  cursor: string;
  /** From the beginning of the journal, where it has no place yet; else from its present end. */
  fromBeginning?: boolean;
  onFailure: (output: string, error: Error, attempt: number) => void;
}

/**
 * Delivers the journal to one output, in order, each entry until it has been taken. The place is kept on the disk, so that nothing is lost by a
 * restart, nor by an output that is away for days.
 */
export class Follower {
  #stopping = false;
  #wake: () => void = () => undefined;
  #aborted = false;
  #done: Promise<void> = Promise.resolve();
  /** When the output began to fail; undefined where it does not. */
  failure: string | undefined;

  private constructor(
    readonly output: Output,
    private readonly options: FollowerOptions,
    private place: Place,
    private note: unknown,
  ) {}

  static async start(output: Output, options: FollowerOptions): Promise<Follower> {
    const { journal, cursor, fromBeginning = false } = options;
    const stored = await readFile(cursor, 'utf8').then(
      (text) => cursorSchema.parse(JSON.parse(text)),
      () => undefined,
    );
    const place = stored ?? (fromBeginning ? { segment: 0, offset: 0 } : journal.end);
    const follower = new Follower(
      output,
      options,
      { segment: place.segment, offset: place.offset },
      stored?.note ?? null,
    );
    await output.begin?.(follower.note);
    await follower.#keep();
    follower.#done = follower.#follow();
    return follower;
  }

  get at(): Place {
    return this.place;
  }

  /** Bytes of the journal that are not delivered, as far as the present segment tells. */
  get behind(): number {
    const { segment, offset } = this.options.journal.end;
    return segment === this.place.segment ? offset - this.place.offset : offset + 1;
  }

  /** Resolves when all is delivered that is in the journal now, or after so many milliseconds; the rest is delivered after the next start. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping = true;
    this.#wake();
    const timer = setTimeout(() => {
      this.#aborted = true;
      this.#wake();
    }, withinMs);
    await this.#done;
    clearTimeout(timer);
    await this.output.close?.();
  }

  async #keep(): Promise<void> {
    await writeFileAtomic(this.options.cursor, JSON.stringify({ ...this.place, note: this.note }));
  }

  async #follow(): Promise<void> {
    const { journal, onFailure } = this.options;
    const release = journal.onAppend(() => this.#wake());
    let attempt = 0;
    while (!this.#aborted) {
      try {
        const { entries, next } = await journal.read(this.place);
        const moved = next.segment !== this.place.segment || next.offset !== this.place.offset;
        if (moved) {
          const wanted = entries.filter((entry) => this.output.wants(entry));
          if (wanted.length > 0) {
            this.note = await this.output.deliver(wanted, async (value) => {
              this.note = value;
              await this.#keep();
            });
          }
          this.place = next;
          await this.#keep();
        }
        attempt = 0;
        this.failure = undefined;
        // an entry may have come between the reading and the stop
        if (!moved && this.#stopping && this.behind === 0) break;
        if (!moved) await this.#pause(PAUSES.last);
        const { gatherMs = 0 } = this.output;
        if (gatherMs > 0 && !this.#stopping) await this.#pause(gatherMs, true);
      } catch (error) {
        attempt++;
        this.failure = (error as Error).message;
        onFailure(this.output.name, error as Error, attempt);
        await this.#pause(Math.min(PAUSES.last, PAUSES.first * 2 ** Math.min(20, attempt - 1)), true);
      }
    }
    release();
  }

  /** Until an entry comes, or so many milliseconds; with `steady` only the end of everything wakes it. */
  #pause(ms: number, steady = false): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#wake = () => undefined;
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#wake = () => {
        if (!steady || this.#aborted || this.#stopping) done();
      };
      // it may have been asked to stop, or an entry may have come, meanwhile
      if (this.#aborted || (!steady && (this.#stopping || this.behind > 0))) done();
    });
  }
}
