import { Worker } from 'node:worker_threads';
import { EngineError } from '@pyramid-mamba/ssm-kernels';
import * as tf from '@tensorflow/tfjs-core';
import type {
  EncoderWeights,
  FeatureShapes,
  ModelConfig,
  Optimizer,
  PyramidMamba,
  StepReport,
  TrainConfig,
} from '@pyramid-mamba/model';
import { UserError } from '../errors.js';
import type { FeatureStore } from './features.js';
import { blockLength, Replica } from './replica.js';

/** The data a worker needs to become a replica. */
export interface ReplicaSetup {
  rank: number;
  blocks: SharedArrayBuffer[];
  backend: string;
  model: ModelConfig;
  train: TrainConfig;
  encoder: EncoderWeights;
  /** The checkpoint to start from; null: the seed. */
  checkpoint: string | null;
  cacheFolder: string;
  featureLength: number;
  shapes: FeatureShapes;
  /** SHA-256 of each training picture. */
  hashes: readonly string[];
}

export type ReplicaTask =
  { kind: 'publish'; indices: readonly number[]; step: number } | { kind: 'apply'; lr: number };
export type ReplicaReply =
  | { kind: 'ready' }
  | { kind: 'done' }
  | { kind: 'failed'; message: string; of: 'engine' | 'user' | 'program' };

export interface ReplicasOptions extends Omit<ReplicaSetup, 'rank' | 'blocks'> {
  /** Total number of replicas, including this thread's. */
  count: number;
}

/** Splits a batch among `count` replicas, in order; the sizes differ by one at most. */
export function shares(indices: readonly number[], count: number): number[][] {
  const first = (rank: number): number => Math.ceil((rank * indices.length) / count);
  return Array.from({ length: count }, (_, rank) => indices.slice(first(rank), first(rank + 1)));
}

/** Several replicas of a model that train as one: one in this thread, the others in worker threads. */
export class Replicas {
  private constructor(
    private readonly local: Replica,
    private readonly workers: readonly Peer[],
    private readonly features: FeatureStore,
  ) {}

  /** Starts the workers and waits until all are ready. `model` and `optimizer` must be where `checkpoint` is. */
  static async start(
    model: PyramidMamba,
    optimizer: Optimizer,
    features: FeatureStore,
    { count, ...setup }: ReplicasOptions,
  ): Promise<Replicas> {
    const bytes = 4 * blockLength(model);
    const blocks = Array.from({ length: count }, () => new SharedArrayBuffer(bytes));
    const local = new Replica(model, optimizer, setup.train, 0, blocks);
    const workers = Array.from({ length: count - 1 }, (_, i) => new Peer({ ...setup, rank: i + 1, blocks }));
    const replicas = new Replicas(local, workers, features);
    try {
      await Promise.all(workers.map((worker) => worker.answered()));
    } catch (error) {
      await replicas.stop();
      throw error;
    }
    return replicas;
  }

  /** One training step on these pictures. Rejects with a NumericError, or with a worker's error. */
  async step(indices: readonly number[], step: number, lr: number): Promise<StepReport> {
    const [own, ...others] = shares(indices, this.workers.length + 1);
    const published = this.workers.map((worker, i) =>
      worker.ask({ kind: 'publish', indices: others[i]!, step }),
    );
    // a worker's failure is awaited below; until then it must not count as unhandled
    for (const promise of published) promise.catch(() => undefined);
    const batch = own!.length > 0 ? await this.features.batch(own!) : undefined;
    try {
      await this.local.publish(batch, step);
    } finally {
      if (batch) tf.dispose(batch);
    }
    await Promise.all(published);
    const applied = this.workers.map((worker) => worker.ask({ kind: 'apply', lr }));
    for (const promise of applied) promise.catch(() => undefined);
    const report = await this.local.apply(lr);
    await Promise.all(applied);
    return report;
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }
}

/** Classes of errors that come from a worker. */
const ERRORS = { engine: EngineError, user: UserError, program: Error } as const;

/** A worker's client: one request, one response. */
class Peer {
  private readonly worker: Worker;
  private settle: { resolve: () => void; reject: (error: Error) => void } | undefined;
  private failure: Error | undefined;

  constructor(setup: ReplicaSetup) {
    const { url, execArgv } = workerModule();
    this.worker = new Worker(url, { workerData: setup, execArgv });
    this.worker.on('message', (message: ReplicaReply) => {
      // an error's class is lost between threads
      if (message.kind === 'failed') this.fail(new ERRORS[message.of](message.message));
      else this.settle?.resolve();
    });
    this.worker.on('error', (error: Error) => this.fail(error));
    this.worker.on('exit', (code) => this.fail(new Error(`a training thread ended with code ${code}`)));
  }

  ask(task: ReplicaTask): Promise<void> {
    const answer = this.answered();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.worker.postMessage(task);
    return answer;
  }

  answered(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.failure) reject(this.failure);
      else this.settle = { resolve, reject };
    });
  }

  async stop(): Promise<void> {
    this.worker.removeAllListeners('exit');
    await this.worker.terminate();
  }

  private fail(error: Error): void {
    // the first error is the cause, the others follow from it
    this.failure ??= error;
    this.settle?.reject(this.failure);
  }
}

/** The worker's module: the built one, or a loader if this file runs from source. */
function workerModule(): { url: URL; execArgv: string[] } {
  return import.meta.url.endsWith('.ts')
    ? {
        url: new URL('../../../../tools/loaders/source-worker.mjs', import.meta.url),
        execArgv: ['--conditions=@pyramid-mamba/source'],
      }
    : { url: new URL('./replicaWorker.js', import.meta.url), execArgv: [] };
}
