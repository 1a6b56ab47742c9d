import type { RgbImage } from '@pyramid-mamba/data';
import {
  measureEach,
  Pool,
  received,
  sendable,
  type Invalid,
  type Measurer,
  type PoolWorker,
} from '@pyramid-mamba/inspect';
import { copyOf, type Detector, type DetectorCopy, type Exclusive, type Judged } from '@pyramid-mamba/model';
import { setWasmThreads, wasmThreads } from '@pyramid-mamba/ssm-kernels/wasm/threads';
import * as Comlink from 'comlink';
import { NEXT } from '../nextSteps.js';
import { threadsHere } from './count.js';
import type { Helper } from './serve.js';

type HelperWork = {
  measure: {
    task: { pictures: readonly RgbImage[]; leftOut: readonly (readonly number[])[] | undefined };
    answer: (Judged | Invalid)[];
  };
};

/** Pictures below this number are measured by this thread alone: starting a worker costs as much as some of them. */
const WORTH = 16;

/** The engine's own thread as a worker of the pool. */
const ownThread = (model: Detector, exclusive: Exclusive): PoolWorker<HelperWork> => ({
  ask: async (_, { pictures, leftOut }) =>
    sendable(await exclusive(() => measureEach(model, pictures, NEXT, leftOut))),
  stop: () => Promise.resolve(),
});

class HelperWorker implements PoolWorker<HelperWork> {
  readonly #worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'helper' });
  readonly #remote = Comlink.wrap<Helper>(this.#worker);
  readonly #died: Promise<never>;
  #giveUp: (reason: Error) => void = () => undefined;

  constructor() {
    this.#died = new Promise((_, reject) => {
      this.#giveUp = reject;
      this.#worker.addEventListener('error', (event) => {
        event.preventDefault();
        reject(new Error(`a helping worker stopped${event.message ? `: ${event.message}` : ''}`));
      });
    });
    // possibly without a pending call
    this.#died.catch(() => undefined);
  }

  use(copy: DetectorCopy): Promise<null> {
    return Promise.race([this.#remote.use(copy), this.#died]);
  }

  ask(_: 'measure', { pictures, leftOut }: HelperWork['measure']['task']) {
    return Promise.race([this.#remote.measure(pictures, leftOut), this.#died]);
  }

  stop(): Promise<void> {
    this.#giveUp(new Error('the helping workers were stopped'));
    this.#remote[Comlink.releaseProxy]();
    this.#worker.terminate();
    return Promise.resolve();
  }
}

/** What measures with a model on several threads, bit-identical to the model itself. */
export interface Helpers {
  readonly measurer: Measurer;
  stop(): Promise<void>;
}

/**
 * Workers that measure `pictures` pictures together with this thread; undefined where this thread alone is as fast, and where a worker cannot
 * start: the model then measures alone. A worker that dies later fails the measurement; it is for the caller to repeat it without helpers.
 */
export async function helpersFor(
  model: Detector,
  pictures: number,
  exclusive: Exclusive,
): Promise<Helpers | undefined> {
  const count = Math.min(threadsHere(), Math.floor(pictures / WORTH)) - 1;
  if (count < 1) return undefined;
  const workers = Array.from({ length: count }, () => new HelperWorker());
  const pool = new Pool<HelperWork>([ownThread(model, exclusive), ...workers]);
  const before = wasmThreads();
  const stop = async (): Promise<void> => {
    await pool.stop();
    await exclusive(() => setWasmThreads(before));
  };
  try {
    // the workers need the cores
    await exclusive(() => setWasmThreads(1));
    const copy = await exclusive(() => copyOf(model));
    await Promise.all(workers.map((worker) => worker.use(copy)));
  } catch {
    await stop();
    return undefined;
  }
  return {
    measurer: {
      width: pool.size,
      measure: async (images, leftOut) => received(await pool.run('measure', { pictures: images, leftOut })),
    },
    stop,
  };
}

/** A helper died: what it was asked has no answer. */
export const isHelperError = (error: unknown): boolean =>
  /helping worker/.test(String((error as Error | null)?.message));

/**
 * Runs a measurement with helpers, and without them again where one of them dies.
 *
 * @param work is given a measurer, or undefined to measure with the model itself; it may be called twice
 */
export async function helped<T>(
  model: Detector,
  pictures: number,
  exclusive: Exclusive,
  work: (measurer: Measurer | undefined) => Promise<T>,
): Promise<T> {
  const helpers = await helpersFor(model, pictures, exclusive);
  try {
    return await work(helpers?.measurer);
  } catch (error) {
    if (!helpers || !isHelperError(error)) throw error;
    return await work(undefined);
  } finally {
    await helpers?.stop();
  }
}
