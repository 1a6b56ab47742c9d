import { EngineError } from '../../../errors/engineError.js';
import {
  CALL_WIDTH,
  COUNTER,
  newBoard,
  readProblem,
  writeTasks,
  type Board,
  type NumberedCall,
} from './board.js';
import type { HelperTask } from './helper.js';
import { newHelper, type Helper } from './worker.js';

/** How often a helper looks for tasks before it sleeps: about 50 µs, longer than from one kernel of a network to the next. */
const HELPER_LOOKS = 2000;
/** Rounds of looking whether the others are done before this thread sleeps. */
const LOOKS = 20_000;
/** A sleep ends after so many milliseconds even where nobody wakes it. */
const NAP_MS = 1;
/** A helper that has taken a task is lost after so many milliseconds in which no task ended; the longest ones take a few seconds. */
const PATIENCE_MS = 300_000;
/** One look counts no more than this: a computer that was asleep, or a page that was, has lost nobody. */
const LONGEST_LOOK_MS = 100;

type Functions = Readonly<Record<string, (...args: number[]) => unknown>>;

/** What a team computes with: the module, compiled for shared memory, that memory, and the functions by their numbers. */
export interface TeamWork {
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  /** Of the module's exports; a call's number is a place here. */
  readonly names: readonly string[];
}

/** This thread and helping threads that run the same functions on the same memory. Tasks are independent of each other, so what they write does not depend on who runs which. */
export class Team {
  readonly #helpers: readonly Helper[];
  readonly #board: Board = newBoard();
  readonly #functions: readonly ((...args: number[]) => unknown)[];
  /** Whether this thread may sleep; the main thread of a page may not. */
  #sleeps = true;
  /** A helper took a task and did not end it. It might still write, so nothing is computed any more. */
  #lost = false;
  readonly #patience: number;

  private constructor(helpers: readonly Helper[], { module, memory, names }: TeamWork, patience: number) {
    this.#helpers = helpers;
    this.#patience = patience;
    const functions = new WebAssembly.Instance(module, { env: { memory } }).exports as Functions;
    this.#functions = names.map((name) => functions[name]!);
  }

  /**
   * Starts a team of so many threads, this one among them.
   *
   * @param make of a browser: a worker whose file imports helperScript.ts; default: a worker made of text
   * @param patience milliseconds without the end of a task after which a helper counts as lost
   * @throws EngineError where a thread does not start
   */
  static async start(
    threads: number,
    work: TeamWork,
    make?: () => Worker,
    patience = PATIENCE_MS,
  ): Promise<Team> {
    const helpers = Array.from({ length: threads - 1 }, () => newHelper(make));
    const team = new Team(helpers, work, patience);
    const task: HelperTask = {
      ...work,
      board: team.#board,
      rules: { counter: COUNTER, callWidth: CALL_WIDTH },
      looks: HELPER_LOOKS,
    };
    const answers = await Promise.all(helpers.map((helper) => helper.begin(task)));
    const wrong = answers.find((answer) => answer !== 'ready');
    if (wrong === undefined) return team;
    team.stop();
    throw new EngineError(`wasm: a thread did not start (${String(wrong)}); use one thread.`);
  }

  /** Threads, this one among them. */
  get size(): number {
    return this.#helpers.length + 1;
  }

  /**
   * Runs the tasks, each a list of calls, and returns when all are done.
   * @throws EngineError where a helper is lost, then and from then on; what a task throws
   */
  run(tasks: readonly (readonly NumberedCall[])[]): void {
    if (this.#lost) throw lost();
    const { counters } = this.#board;
    if (!writeTasks(this.#board, tasks)) {
      for (const task of tasks) this.#run(task);
      return;
    }
    Atomics.store(counters, COUNTER.done, 0);
    Atomics.store(counters, COUNTER.open, tasks.length);
    Atomics.add(counters, COUNTER.round, 1);
    Atomics.notify(counters, COUNTER.round);
    let problem: unknown;
    for (let task = this.#take(); task >= 0; task = this.#take()) {
      try {
        this.#run(tasks[task]!);
      } catch (error) {
        // the others still write into memory that the caller frees
        problem ??= error;
      }
      Atomics.add(counters, COUNTER.done, 1);
    }
    this.#wait(tasks.length);
    const failed = Atomics.exchange(counters, COUNTER.failed, 0) === 1;
    if (problem !== undefined) throw problem;
    if (failed) throw new EngineError(`wasm: a thread failed (${readProblem(this.#board)}).`);
  }

  stop(): void {
    for (const helper of this.#helpers) helper.stop();
  }

  #run(task: readonly NumberedCall[]): void {
    for (const [id, args] of task) this.#functions[id]!(...args);
  }

  /** An open task, or -1. */
  #take(): number {
    const { counters } = this.#board;
    for (;;) {
      const open = Atomics.load(counters, COUNTER.open);
      if (open <= 0) return -1;
      if (Atomics.compareExchange(counters, COUNTER.open, open, open - 1) === open) return open - 1;
    }
  }

  #wait(count: number): void {
    const { counters } = this.#board;
    let [last, waited, since] = [-1, 0, 0];
    for (let look = 0; ; look++) {
      const done = Atomics.load(counters, COUNTER.done);
      if (done >= count) return;
      if (look < LOOKS) continue;
      const now = performance.now();
      waited = done === last ? waited + Math.min(now - since, LONGEST_LOOK_MS) : 0;
      [last, since] = [done, now];
      if (waited > this.#patience) {
        this.#lost = true;
        throw lost();
      }
      if (!this.#sleeps) continue;
      try {
        Atomics.wait(counters, COUNTER.done, done, NAP_MS);
      } catch {
        this.#sleeps = false;
      }
    }
  }
}

const lost = (): EngineError =>
  new EngineError(
    'wasm: a helping thread took work and did not end it, so what it was computing is lost: start the program again, or with one thread.',
  );
