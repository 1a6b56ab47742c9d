/** What workers do, by name. */
export type Work<Names extends string = string> = Record<Names, { task: unknown; answer: unknown }>;

/** A worker of a pool, such as a thread. It is asked one task at a time. */
export interface PoolWorker<W extends Work> {
  /** Rejects where the task failed, and where the worker has ended. */
  ask<Name extends keyof W & string>(name: Name, task: W[Name]['task']): Promise<W[Name]['answer']>;
  stop(): Promise<void>;
}

interface Waiting<W extends Work> {
  ask: (worker: PoolWorker<W>) => Promise<void>;
  refuse: (error: Error) => void;
}

/**
 * Workers that share tasks: each task is done by the first worker that is free, so what answers it must not depend on the worker. The first
 * failure, of a task or of a worker, fails every task that is not done by then and every later one: an answer is right, or there is none.
 * Nothing here depends on what the workers are. The order of answers and the number of open tasks are the caller's, see `inOrder`.
 */
export class Pool<W extends Work> {
  readonly #idle: PoolWorker<W>[];
  readonly #waiting: Waiting<W>[] = [];
  #failure: Error | undefined;

  constructor(private readonly workers: readonly PoolWorker<W>[]) {
    if (workers.length === 0) throw new RangeError('Pool: there are no workers.');
    this.#idle = [...workers];
  }

  get size(): number {
    return this.workers.length;
  }

  run<Name extends keyof W & string>(name: Name, task: W[Name]['task']): Promise<W[Name]['answer']> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        ask: async (worker) => {
          try {
            resolve(await worker.ask(name, task));
          } catch (error) {
            this.#fail(error as Error);
            reject(error as Error);
          }
        },
        refuse: reject,
      });
      this.#next();
    });
  }

  /** The same task for every worker. No other task may be open. */
  async each<Name extends keyof W & string>(name: Name, task: W[Name]['task']): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.#idle.length < this.size) throw new Error('Pool: each() while tasks are open.');
    await Promise.all(this.workers.map((worker) => worker.ask(name, task))).catch((error: unknown) => {
      this.#fail(error as Error);
      throw error;
    });
  }

  /** Ends all workers; open tasks fail. */
  async stop(): Promise<void> {
    this.#fail(new Error('the workers were stopped'));
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }

  #next(): void {
    if (this.#failure) {
      for (const { refuse } of this.#waiting.splice(0)) refuse(this.#failure);
      return;
    }
    while (this.#idle.length > 0 && this.#waiting.length > 0) {
      const worker = this.#idle.shift()!;
      void this.#waiting
        .shift()!
        .ask(worker)
        .then(() => {
          this.#idle.push(worker);
          this.#next();
        });
    }
  }

  #fail(error: Error): void {
    // the first failure is the cause, the others follow from it
    this.#failure ??= error;
    this.#next();
  }
}
