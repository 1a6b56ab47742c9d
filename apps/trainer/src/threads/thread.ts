import { Worker, type WorkerOptions } from 'node:worker_threads';
import { endOf, errorOf, type Failed } from './failure.js';

/** The modules that threads run. */
export type ThreadModule = 'replicaWorker' | 'judgeWorker';

export interface ThreadOptions<Reply extends { kind: string }> {
  module: ThreadModule;
  /** In messages: `a training thread`. */
  what: string;
  /** For the thread, as `workerData`. */
  data: unknown;
  hear: (reply: Exclude<Reply, Failed>) => void;
  /** Called with the first failure: of its work, or its end. Nothing is heard from it then. */
  fail: (failure: Error) => void;
}

/** A thread of this program, with its messages and its first failure. */
export class Thread<Task, Reply extends { kind: string }> {
  readonly #worker: Worker;
  #failure: Error | undefined;
  #stopped = false;

  constructor({ module, what, data, hear, fail }: ThreadOptions<Reply>) {
    const failed = (error: Error) => {
      // the first error is the cause, the others follow from it
      if (this.#failure || this.#stopped) return;
      this.#failure = error;
      fail(error);
    };
    this.#worker = new Worker(...moduleOf(module, data));
    this.#worker.on('message', (reply: Reply | Failed) => {
      if (reply.kind === 'failed') failed(errorOf(reply as Failed));
      else if (!this.#failure) hear(reply as Exclude<Reply, Failed>);
    });
    this.#worker.on('error', (error: Error) => failed(endOf(what, error)));
    this.#worker.on('exit', (code) =>
      failed(new Error(`${what} ended with code ${code} before its work was done`)),
    );
  }

  get failure(): Error | undefined {
    return this.#failure;
  }

  send(task: Task): void {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#worker.postMessage(task);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#worker.terminate();
  }
}

/** The thread's module: the built one, or a loader if this file runs from source. */
const moduleOf = (module: ThreadModule, workerData: unknown): [URL, WorkerOptions] =>
  import.meta.url.endsWith('.ts')
    ? [
        new URL('../../../../tools/loaders/source-worker.mjs', import.meta.url),
        { workerData, argv: [module], execArgv: ['--conditions=@pyramid-mamba/source'] },
      ]
    : [new URL(`./${module}.js`, import.meta.url), { workerData, execArgv: [] }];
