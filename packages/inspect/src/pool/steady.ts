/** A worker that judges several tasks at once, such as a process. It is asked one batch at a time. */
export interface SteadyWorker<Task, Answer> {
  /** Answers in the order of the tasks. Rejects with a WorkerEnded where the worker has died. */
  ask(tasks: readonly Task[]): Promise<Answer[]>;
  /** Settles when the worker has died, whoever ended it. */
  readonly ended: Promise<unknown>;
  /** Ends it at once, also in the middle of a batch. */
  kill(): void;
}

/** The worker died before it answered: its tasks are given to another one. */
export class WorkerEnded extends Error {
  override readonly name = 'WorkerEnded';
}

/** Why a task has no answer. `ended`: every worker that had it died. */
export type RefusalReason = 'full' | 'time' | 'ended' | 'stopped';

/** A task that was not done. */
export class TaskRefused extends Error {
  override readonly name = 'TaskRefused';
  constructor(
    readonly reason: RefusalReason,
    message: string,
  ) {
    super(message);
  }
}

export interface SteadyOptions<Task, Answer> {
  /** Workers. */
  size: number;
  /** Tasks that may be open, those in workers included. */
  capacity: number;
  /** Most tasks that a worker gets at once. */
  batch: number;
  /** Milliseconds that a worker may take for a task. It is killed after that, and a batch's tasks are then tried one by one. */
  limitMs: number;
  start: () => Promise<SteadyWorker<Task, Answer>>;
  /** Tasks with different keys are never in one batch. */
  keyOf: (task: Task) => string;
  /** Hears of deaths and of workers that do not start. */
  onTrouble?: (what: 'ended' | 'not started', error: Error) => void;
}

/** Workers that a task may end before it counts as the cause. */
const ATTEMPTS = 3;
/** Delays between attempts to start a worker, in milliseconds. */
const FIRST_PAUSE = 100;
const LONGEST_PAUSE = 10_000;

interface Open<Task, Answer> {
  readonly task: Task;
  readonly key: string;
  /** Workers that died while they had it. */
  deaths: number;
  /** Never with others again. */
  alone: boolean;
  settled: boolean;
  resolve: (answer: Answer) => void;
  reject: (error: Error) => void;
}

/**
 * Workers for years: a worker that dies is replaced, and what it had is done again, alone, by another; a task that ends three workers is
 * refused. A batch that fails is done again one by one, so that a task's error is its own. The number of open tasks is bounded. A task has an answer or an error, never both, never two.
 */
export class SteadyPool<Task, Answer> {
  readonly #waiting: Open<Task, Answer>[] = [];
  readonly #idle = new Set<SteadyWorker<Task, Answer>>();
  readonly #alive = new Set<SteadyWorker<Task, Answer>>();
  #open = 0;
  #stopped = false;
  #scheduled = false;
  #drained: (() => void)[] = [];

  private constructor(private readonly options: SteadyOptions<Task, Answer>) {}

  /** Resolves when all workers have started. Rejects, with none left, where one does not start. */
  static async start<Task, Answer>(options: SteadyOptions<Task, Answer>): Promise<SteadyPool<Task, Answer>> {
    if (options.size < 1 || options.batch < 1 || options.capacity < 1)
      throw new RangeError('SteadyPool: size, batch and capacity must be 1 or more.');
    const pool = new SteadyPool(options);
    const started = await Promise.allSettled(Array.from({ length: options.size }, options.start));
    const failed = started.find((one) => one.status === 'rejected');
    for (const one of started) {
      if (one.status !== 'fulfilled') continue;
      if (failed) one.value.kill();
      else pool.#add(one.value);
    }
    if (failed) throw failed.reason as Error;
    return pool;
  }

  /** Workers that can be asked. */
  get alive(): number {
    return this.#alive.size;
  }

  /** Tasks without an answer yet. */
  get open(): number {
    return this.#open;
  }

  /** Those of them that no worker has. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Tasks that can be taken now. */
  get room(): number {
    return this.#stopped ? 0 : this.options.capacity - this.#open;
  }

  get workers(): readonly SteadyWorker<Task, Answer>[] {
    return [...this.#alive];
  }

  /**
   * The answers to tasks, each settled by itself; all are taken, or none. Throws a TaskRefused where they do not fit (`full`) or the pool was stopped.
   * @param withinMs after which those without an answer reject with a TaskRefused (`time`)
   */
  run(tasks: readonly Task[], withinMs: number): Promise<Answer>[] {
    if (this.#stopped) throw new TaskRefused('stopped', 'the workers were stopped');
    if (tasks.length > this.room)
      throw new TaskRefused('full', `${this.#open} of ${this.options.capacity} places are taken`);
    return tasks.map((task) => this.#take(task, withinMs));
  }

  /** Resolves when no task is open. */
  drained(): Promise<void> {
    if (this.#open === 0) return Promise.resolve();
    return new Promise((resolve) => this.#drained.push(resolve));
  }

  /** Kills all workers; open tasks are refused. */
  stop(): void {
    this.#stopped = true;
    for (const open of this.#waiting.splice(0))
      open.reject(new TaskRefused('stopped', 'the workers were stopped'));
    for (const worker of this.#alive) worker.kill();
  }

  #take(task: Task, withinMs: number): Promise<Answer> {
    this.#open++;
    return new Promise<Answer>((resolve, reject) => {
      const settle = (work: () => void) => {
        if (open.settled) return;
        open.settled = true;
        clearTimeout(timer);
        const at = this.#waiting.indexOf(open);
        if (at >= 0) this.#waiting.splice(at, 1);
        this.#open--;
        work();
        if (this.#open === 0) for (const done of this.#drained.splice(0)) done();
      };
      const open: Open<Task, Answer> = {
        task,
        key: this.options.keyOf(task),
        deaths: 0,
        alone: false,
        settled: false,
        resolve: (answer) => settle(() => resolve(answer)),
        reject: (error) => settle(() => reject(error)),
      };
      const timer = setTimeout(
        () => open.reject(new TaskRefused('time', `no answer within ${Math.round(withinMs / 100) / 10} s`)),
        withinMs,
      );
      this.#waiting.push(open);
      this.#schedule();
    });
  }

  /** Tasks that are taken together shall get into batches together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      while (this.#idle.size > 0 && this.#waiting.length > 0) {
        const [worker] = this.#idle;
        this.#idle.delete(worker!);
        void this.#give(worker!, this.#next());
      }
    });
  }

  #next(): Open<Task, Answer>[] {
    const first = this.#waiting[0]!;
    // idle workers share what waits
    const share = Math.ceil(this.#waiting.length / (this.#idle.size + 1));
    const most = first.alone ? 1 : Math.min(this.options.batch, share);
    const batch: Open<Task, Answer>[] = [];
    for (let i = 0; i < this.#waiting.length && batch.length < most;) {
      const one = this.#waiting[i]!;
      if (one.key === first.key && one.alone === first.alone) batch.push(...this.#waiting.splice(i, 1));
      else i++;
    }
    return batch;
  }

  async #give(worker: SteadyWorker<Task, Answer>, batch: readonly Open<Task, Answer>[]): Promise<void> {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      worker.kill();
    }, this.options.limitMs * batch.length);
    try {
      const answers = await worker.ask(batch.map(({ task }) => task));
      for (const [i, open] of batch.entries()) open.resolve(answers[i]!);
    } catch (error) {
      if (error instanceof WorkerEnded) {
        // its own end may be heard later than this
        this.#alive.delete(worker);
        this.#again(batch, late);
      } else if (batch.length > 1 && !this.#stopped) this.#oneByOne(batch);
      else for (const open of batch) open.reject(error as Error);
    } finally {
      clearTimeout(timer);
    }
    if (this.#alive.has(worker)) this.#idle.add(worker);
    this.#schedule();
  }

  /** Of tasks that failed together one may be the cause. What waited longest is first. */
  #oneByOne(batch: readonly Open<Task, Answer>[]): void {
    const left = batch.filter(({ settled }) => !settled);
    for (const open of left) open.alone = true;
    this.#waiting.unshift(...left);
  }

  #again(batch: readonly Open<Task, Answer>[], late: boolean): void {
    const left = batch.filter(({ settled }) => !settled);
    for (const open of left) open.deaths++;
    const refused = (open: Open<Task, Answer>) =>
      this.#stopped || (late && batch.length === 1) || open.deaths >= ATTEMPTS;
    for (const open of left.filter(refused)) {
      open.reject(
        this.#stopped
          ? new TaskRefused('stopped', 'the workers were stopped')
          : late
            ? new TaskRefused(
                'time',
                `a worker was still busy with it after ${this.options.limitMs / 1000} s`,
              )
            : new TaskRefused('ended', `${ATTEMPTS} workers ended while they judged it`),
      );
    }
    this.#oneByOne(left);
  }

  #add(worker: SteadyWorker<Task, Answer>): void {
    if (this.#stopped) return worker.kill();
    this.#alive.add(worker);
    this.#idle.add(worker);
    void worker.ended.then((reason) => {
      this.#alive.delete(worker);
      this.#idle.delete(worker);
      if (this.#stopped) return;
      this.options.onTrouble?.('ended', reason instanceof Error ? reason : new WorkerEnded(String(reason)));
      void this.#replace();
    });
    this.#schedule();
  }

  async #replace(): Promise<void> {
    for (let pause = FIRST_PAUSE; !this.#stopped; pause = Math.min(2 * pause, LONGEST_PAUSE)) {
      try {
        return this.#add(await this.options.start());
      } catch (error) {
        this.options.onTrouble?.('not started', error as Error);
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }
}
