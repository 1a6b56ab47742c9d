import { z } from 'zod';
import { ProjectError } from '../errors.js';
import type { Environment, Release } from './environment.js';
import type { TakeOver } from './interface.js';

export const lockOf = (id: string): string => `pyramid-mamba project ${id}`;

const askSchema = z.object({
  kind: z.literal('ask'),
  project: z.string(),
  from: z.string(),
  confirmed: z.boolean(),
});
const answerSchema = z.object({
  kind: z.literal('answer'),
  to: z.string(),
  /** What keeps the tab that was asked; null: it hands over. */
  busy: z.string().nullable(),
});
type Answer = z.infer<typeof answerSchema>;

interface Held {
  readonly what: string;
  readonly stop: () => Promise<void>;
}

/** How much longer a tab that stops a training may take. */
const STOPPING = 12;

export interface TurnEvents {
  /** Another tab takes over: finish what is being written; nothing is written after. */
  lost(): Promise<void>;
  /** It is this tab's turn: read what the other one wrote. */
  won(): Promise<void>;
}

/**
 * Which tab may write to a project: the one that holds its lock. Browsers free the lock of a closed tab, and do not freeze one that holds
 * it.
 */
export class Turn {
  readonly #me: string;
  readonly #held = new Set<Held>();
  readonly #waiting: (() => void)[] = [];
  readonly #silence: () => void;
  #release: Release | null;
  #looking: ReturnType<typeof setInterval> | undefined;
  #busy = false;
  #closed = false;
  #answered: ((answer: Answer) => void) | undefined;

  constructor(
    private readonly env: Environment,
    private readonly id: string,
    release: Release | null,
    private readonly events: TurnEvents,
  ) {
    this.#me = env.newId();
    this.#release = release;
    this.#silence = env.channel.listen((message) => this.hear(message));
    if (!release) this.look();
  }

  get writes(): boolean {
    return this.#release !== null;
  }

  /** What runs and must not be disturbed, for people; null where nothing does. */
  get running(): string | null {
    const [first] = this.#held;
    return first?.what ?? null;
  }

  hold(what: string, stop: () => Promise<void>): () => void {
    const held = { what, stop };
    this.#held.add(held);
    return () => {
      this.#held.delete(held);
      if (this.#held.size === 0) for (const resolve of this.#waiting.splice(0)) resolve();
    };
  }

  /** Resolves once nothing is held. */
  async idle(): Promise<void> {
    if (this.#held.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  async takeOver(confirmed: boolean): Promise<TakeOver> {
    if (this.writes) return { done: true };
    if (this.#busy) throw new ProjectError('the other tab has been asked already; wait for its answer');
    this.#busy = true;
    const abort = new AbortController();
    try {
      const lock = this.env.locks.hold(lockOf(this.id), abort.signal);
      const answer = this.asked(confirmed);
      const first = await Promise.race([lock, answer]);
      if (typeof first === 'function') {
        this.#release = first;
        await this.events.won();
        return { done: true };
      }
      abort.abort();
      // granted at the same moment
      void lock.then(
        (release) => release(),
        () => undefined,
      );
      return first;
    } finally {
      this.#answered = undefined;
      this.#busy = false;
      if (!this.writes && !this.#closed) this.look();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#looking);
    this.#silence();
    const release = this.#release;
    this.#release = null;
    await release?.();
  }

  /** Asks, and resolves to why not, or never where the lock is granted. */
  private asked(confirmed: boolean): Promise<TakeOver> {
    const { channel, patience } = this.env;
    return new Promise((resolve) => {
      const silent = () =>
        resolve({
          done: false,
          busy: false,
          sentence: 'the tab that works on the project does not answer; close it, then work here',
        });
      let timer = setTimeout(silent, patience);
      this.#answered = ({ busy }) => {
        clearTimeout(timer);
        if (busy !== null) resolve({ done: false, busy: true, sentence: busy });
        else timer = setTimeout(silent, patience * STOPPING);
      };
      channel.post({ kind: 'ask', project: this.id, from: this.#me, confirmed });
    });
  }

  private hear(message: unknown): void {
    const ask = askSchema.safeParse(message);
    if (ask.success && ask.data.project === this.id && this.writes) void this.handOver(ask.data);
    const answer = answerSchema.safeParse(message);
    if (answer.success && answer.data.to === this.#me) this.#answered?.(answer.data);
  }

  private async handOver({ from, confirmed }: z.infer<typeof askSchema>): Promise<void> {
    const answer = (busy: string | null) => this.env.channel.post({ kind: 'answer', to: from, busy });
    if (this.#busy) return answer(null);
    const { running } = this;
    if (running !== null && !confirmed) return answer(running);
    this.#busy = true;
    try {
      answer(null);
      for (const { stop } of this.#held) await stop();
      await this.events.lost();
      const release = this.#release;
      this.#release = null;
      await release?.();
      if (!this.#closed) this.look();
    } catch (error) {
      answer(`${running ?? 'the other tab'} could not be stopped: ${(error as Error).message}`);
    } finally {
      this.#busy = false;
    }
  }

  /** Looks now and then whether the tab that writes was closed, and takes its place. */
  private look(): void {
    clearInterval(this.#looking);
    this.#looking = setInterval(() => void this.lookOnce(), this.env.lookEvery);
  }

  private async lookOnce(): Promise<void> {
    if (this.#busy || this.writes || this.#closed) return;
    this.#busy = true;
    try {
      const release = await this.env.locks.tryHold(lockOf(this.id));
      if (!release) return;
      if (this.#closed) return await release();
      clearInterval(this.#looking);
      this.#release = release;
      await this.events.won();
    } finally {
      this.#busy = false;
    }
  }
}
