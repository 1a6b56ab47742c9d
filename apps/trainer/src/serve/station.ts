import { createHash } from 'node:crypto';
import { SteadyPool, TaskRefused, type ProductHint } from '@pyramid-mamba/inspect';
import { FileError } from '@pyramid-mamba/data';
import type { Logger } from 'pino';
import { ClockWatch } from './clock.js';
import { newId, type ModelInUse, type Models } from './judging/models.js';
import { JudgingProcess } from './judging/process.js';
import type { Outcome, Picture } from './judging/work.js';
import type { Entry, Result } from './journal/entries.js';
import type { Journal } from './journal/journal.js';

/** A picture as it comes. */
export interface Incoming {
  bytes: Uint8Array;
  /** Its name in errors and results. */
  file: string;
  /** The id of its result; a new one by default. */
  id?: string;
  product?: ProductHint | undefined;
  overlay?: boolean;
  /** Of a watched file: the state that is judged. */
  watched?: Result['watched'];
  /** Where there is no judgement, reject with a NotYet and record nothing: it will come again. */
  mayComeAgain?: boolean;
  /** Its bytes are known to be those that were sent: what does not decode now never will, and has its error at once. */
  isWhole?: boolean;
}

/** Its result, which is in the journal, and what was asked for beside it. */
export interface Judged {
  result: Result;
  /** Why there is no judgement: the picture itself, or the time, or the workers. */
  failure: 'picture' | 'time' | 'workers' | undefined;
  overlay: Uint8Array | undefined;
}

/** What hears of every result. */
export interface Listener {
  judged(result: Result, outcome: Outcome, model: ModelInUse): void;
  /** Whether small pictures are wanted now. */
  wantsThumbnails?(): boolean;
}

/** A picture that may come again was not judged; nothing is recorded. */
export class NotYet extends Error {
  override readonly name = 'NotYet';
}

/** The result of a picture could not be recorded, so none is given. */
export class NotRecorded extends Error {
  override readonly name = 'NotRecorded';
}

export interface StationOptions {
  journal: Journal;
  models: Models;
  log: Logger;
  pool: SteadyPool<Picture, Outcome>;
  /** Milliseconds from a picture being taken to its answer. */
  timeoutMs: number;
}

const NOTHING = {
  class: null,
  classSource: null,
  score: null,
  scoreOfLimit: null,
  verdict: null,
  doubts: [],
  thresholds: null,
  regions: null,
  width: null,
  height: null,
} as const;

/** Judges pictures, whichever way they come, and records each exactly once. */
export class Station {
  readonly #listeners: Listener[] = [];
  readonly #clock = new ClockWatch();
  #stopping = false;
  #taken = 0;

  constructor(private readonly options: StationOptions) {}

  get models(): Models {
    return this.options.models;
  }
  get pool(): SteadyPool<Picture, Outcome> {
    return this.options.pool;
  }
  get journal(): Journal {
    return this.options.journal;
  }
  get log(): Logger {
    return this.options.log;
  }
  get isStopping(): boolean {
    return this.#stopping;
  }

  /** Why no picture can be judged now; undefined where one can. */
  get notReady(): string | undefined {
    if (this.#stopping) return 'the station is stopping';
    if (this.pool.alive === 0) return 'no judging process is alive; new ones are being started';
    return this.journal.failure;
  }

  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /** The judging processes that are alive. */
  get processes(): readonly JudgingProcess[] {
    return this.pool.workers.filter((one): one is JudgingProcess => one instanceof JudgingProcess);
  }

  /**
   * Judges pictures with one model; all are taken, or none. Each resolves to its recorded result, or rejects with a NotRecorded. Throws a TaskRefused
   * where there is no room, and an Error for a model that does not exist.
   */
  judge(pictures: readonly Incoming[], source: Result['source'], modelName?: string): Promise<Judged>[] {
    const began = performance.now();
    const use = this.models.take(modelName);
    if (!use) throw new Error(`there is no model ${JSON.stringify(modelName)}`);
    const thumbnail = this.#listeners.some((one) => one.wantsThumbnails?.());
    try {
      const tasks = pictures.map(({ bytes, file, product, overlay = false }): Picture => ({
        bytes,
        name: file,
        model: use.model.file,
        product,
        overlay,
        thumbnail,
      }));
      const answers = this.pool.run(tasks, this.options.timeoutMs);
      this.#taken += answers.length;
      const done = answers.map((answer, i) =>
        this.#finish(answer, pictures[i]!, source, use.model, began).finally(() => void this.#taken--),
      );
      void Promise.allSettled(done).then(use.release);
      return done;
    } catch (error) {
      use.release();
      throw error;
    }
  }

  /** Records that a picture was not even read. Throws an Error for a model that does not exist. */
  async refuse(
    picture: Omit<Incoming, 'bytes'>,
    error: string,
    source: Result['source'],
    modelName?: string,
  ): Promise<Judged> {
    const use = this.models.take(modelName);
    if (!use) throw new Error(`there is no model ${JSON.stringify(modelName)}`);
    this.#taken++;
    try {
      return await this.#finish(
        Promise.resolve({ error }),
        { ...picture, bytes: new Uint8Array() },
        source,
        use.model,
        performance.now(),
      );
    } finally {
      this.#taken--;
      use.release();
    }
  }

  /** Records an entry that is no result. */
  async record(entry: Entry): Promise<void> {
    this.#noteClock();
    await this.journal.append(entry);
  }

  /** Takes no more, and resolves when all that was taken is recorded. */
  async drain(): Promise<void> {
    this.#stopping = true;
    while (this.#taken > 0) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** Before the first entry with a time of the new clock, one that says by how much it was set: a reader of the trail can correct the times. */
  #noteClock(): void {
    const moved = this.#clock.moved();
    if (moved === 0) return;
    const seconds = moved / 1000;
    this.log.warn({ seconds }, 'the clock was set, or the machine slept: times of results are not in order');
    this.journal
      .append({ kind: 'station', id: newId(), time: new Date().toISOString(), event: 'clock', seconds })
      .catch((error: unknown) =>
        this.log.error({ err: error }, 'that the clock was set could not be recorded'),
      );
  }

  async #finish(
    answer: Promise<Outcome>,
    { id = newId(), bytes, file, watched, mayComeAgain = false, isWhole = false }: Incoming,
    source: Result['source'],
    model: ModelInUse,
    began: number,
  ): Promise<Judged> {
    let outcome: Outcome;
    let failure: Judged['failure'];
    // while a process judges it, not between two pictures
    const sha256 = new Promise<string>((resolve) =>
      setImmediate(() => resolve(createHash('sha256').update(bytes).digest('hex'))),
    );
    try {
      outcome = await answer;
      if ('error' in outcome) failure = 'picture';
    } catch (error) {
      failure = error instanceof TaskRefused && error.reason === 'time' ? 'time' : 'workers';
      outcome = { error: `not judged: ${(error as Error).message}` };
    }
    if (failure && mayComeAgain && !(isWhole && failure === 'picture'))
      throw new NotYet('error' in outcome ? outcome.error : failure);
    const result: Result = {
      kind: 'result',
      id,
      source,
      file,
      picture: { sha256: await sha256, bytes: bytes.length },
      model: { name: model.name, sha256: model.file.sha256 },
      time: new Date().toISOString(),
      durationMs: Math.round((performance.now() - began) * 10) / 10,
      ...('error' in outcome ? NOTHING : outcome.line),
      error: 'error' in outcome ? outcome.error : null,
      ...(watched ? { watched } : {}),
    };
    try {
      this.#noteClock();
      await this.journal.append(result);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.log.error({ file, err: error }, 'a result could not be recorded');
      throw new NotRecorded(
        `the picture was judged, but ${error.message}, so there is no result; send it again`,
        { cause: error },
      );
    }
    this.log.info(
      {
        id: result.id,
        source,
        file,
        model: model.name,
        product: result.class,
        verdict: result.verdict,
        ms: result.durationMs,
        ...(result.error === null ? {} : { error: result.error }),
      },
      'judged',
    );
    for (const listener of this.#listeners) {
      try {
        listener.judged(result, outcome, model);
      } catch (error) {
        // the result stands: a figure about it must not make the sender repeat it
        this.log.error({ err: error }, 'a figure could not be updated');
      }
    }
    return { result, failure, overlay: 'error' in outcome ? undefined : outcome.overlay };
  }
}
