// Many pictures judged on all cores. The page's side of several workers: nothing here imports TensorFlow.js.
import { ahead } from '@pyramid-mamba/data';
import type { BackendPreference, EngineStatus, JudgeOptions, Judgement, ModelCard } from './engine.js';

/** A worker that judges: `EngineClient`. */
export interface Judge {
  /** Whether it died: it answers nothing any more. */
  readonly dead: boolean;
  start(preference: BackendPreference): Promise<EngineStatus>;
  load(file: Blob, name: string): Promise<ModelCard>;
  judge(picture: Blob, options?: JudgeOptions): Promise<Judgement>;
  end(): void;
}

/** A picture of a queue. */
export interface QueuedPicture {
  readonly file: Blob;
  readonly options?: JudgeOptions;
}

/** What came of it: a judgement, or why there is none. */
export type Answer<T> = { readonly item: T } & (
  | { readonly judgement: Judgement }
  | { readonly error: unknown }
);

interface Model {
  readonly file: Blob;
  readonly name: string;
  readonly opening: number;
}

/** A picture is asked again so often where its worker died or lost the graphics card. */
const TRIES = 3;
/** Open pictures for each worker: one that it judges, and one that waits so that it need not. */
const PER_WORKER = 2;

const ENDED = 'judging was ended';

const isLost = (error: unknown): boolean =>
  /graphics card was lost/.test((error as Error | null)?.message ?? '');

/**
 * Workers that judge with one model. Each picture is judged by the first worker that is free: all have the same model, so the judgement does not
 * depend on which. A worker that dies is replaced, and its picture judged again: there is a judgement by a whole model, or an error.
 */
export class JudgePool {
  readonly #all: readonly Slot[];
  readonly #idle: Slot[];
  readonly #asking: { readonly take: (slot: Slot) => void; readonly refuse: (why: Error) => void }[] = [];
  #model: Model | undefined;
  #ended = false;

  constructor(
    readonly width: number,
    make: () => Judge,
    preference: BackendPreference,
  ) {
    if (!(width >= 1)) throw new RangeError(`JudgePool: expected at least one worker, got ${width}`);
    this.#all = Array.from({ length: width }, () => new Slot(make, preference));
    this.#idle = [...this.#all];
  }

  /** The model by which pictures are judged from now on. Workers open it when they are asked next; `opening` of a judgement names it. */
  use(file: Blob, name: string, opening: number): void {
    this.#model = { file, name, opening };
  }

  /** Judges a picture by the model that is in use when its turn comes. */
  async judge(file: Blob, options: JudgeOptions = {}): Promise<Judgement> {
    for (let tries = 1; ; tries++) {
      const slot = await this.#take();
      try {
        const model = this.#model;
        if (!model) throw new Error('no model is open; open one first');
        const judge = await slot.ready(model);
        return { ...(await judge.judge(file, options)), opening: model.opening };
      } catch (error) {
        const again = !this.#ended && tries < TRIES && (slot.dead || isLost(error));
        if (!again) throw error;
      } finally {
        this.#giveBack(slot);
      }
    }
  }

  /** What came of each picture, in their order. At most two pictures a worker are open, so memory does not grow with their number. */
  judgeAll<T extends QueuedPicture>(items: Iterable<T> | AsyncIterable<T>): AsyncGenerator<Answer<T>, void> {
    return ahead(items, PER_WORKER * this.width, async (item): Promise<Answer<T>> => {
      try {
        return { item, judgement: await this.judge(item.file, item.options) };
      } catch (error) {
        return { item, error };
      }
    });
  }

  /** Ends all workers; open pictures get an error. */
  end(): void {
    this.#ended = true;
    // a worker made for them now would never be ended
    for (const { refuse } of this.#asking.splice(0)) refuse(new Error(ENDED));
    for (const slot of this.#all) slot.end();
  }

  async #take(): Promise<Slot> {
    if (this.#ended) throw new Error(ENDED);
    return (
      this.#idle.shift() ?? new Promise<Slot>((take, refuse) => void this.#asking.push({ take, refuse }))
    );
  }

  #giveBack(slot: Slot): void {
    const next = this.#asking.shift();
    if (next) next.take(slot);
    else this.#idle.push(slot);
  }
}

/** A worker, made when it is first needed and again when it has died. */
class Slot {
  #judge: Judge | undefined;
  #opened: Model | undefined;

  constructor(
    private readonly make: () => Judge,
    private readonly preference: BackendPreference,
  ) {}

  get dead(): boolean {
    return this.#judge?.dead ?? false;
  }

  async ready(model: Model): Promise<Judge> {
    if (this.#judge?.dead) {
      this.#judge.end();
      this.#judge = undefined;
    }
    if (!this.#judge) {
      this.#judge = this.make();
      this.#opened = undefined;
      await this.#judge.start(this.preference);
    }
    if (this.#opened !== model) {
      this.#opened = undefined;
      await this.#judge.load(model.file, model.name);
      this.#opened = model;
    }
    return this.#judge;
  }

  end(): void {
    this.#judge?.end();
  }
}
