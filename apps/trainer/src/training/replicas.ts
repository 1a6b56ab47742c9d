import {
  messageLength,
  stepper,
  ThreadCommunicator,
  type DetectorConfig,
  type EncoderWeights,
  type FeatureShapes,
  type GradientDetector,
  type Optimizer,
  type Stepper,
  type StepReport,
  type TrainConfig,
} from '@pyramid-mamba/model';
import { Thread } from '../threads/thread.js';
import type { FeatureStore } from './features.js';

/** The data a worker needs to become a replica. */
export interface ReplicaSetup {
  rank: number;
  blocks: SharedArrayBuffer[];
  backend: string;
  model: DetectorConfig;
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

/** To a worker: a step to take with all others; or all replicas have met, so it may go on. */
export type ReplicaTask =
  | { kind: 'step'; indices: readonly number[]; step: number; lr: number }
  | { kind: 'met' };
export type ReplicaReply =
  /** The worker has started, or has taken a step. */
  | { kind: 'ready' }
  | { kind: 'done' }
  /** It waits for the others. */
  | { kind: 'waits' };

export interface ReplicasOptions extends Omit<ReplicaSetup, 'rank' | 'blocks'> {
  /** Total number of replicas, including this thread's. */
  count: number;
}

/** Several replicas of a model that train as one: one in this thread, the others in worker threads. */
export class Replicas {
  readonly #own: Stepper;

  private constructor(
    private readonly workers: readonly Peer[],
    own: (meet: () => Promise<void>) => Stepper,
  ) {
    this.#own = own(() => this.meet());
  }

  /** Starts the workers and waits until all are ready. `model` and `optimizer` must be where `checkpoint` is. */
  static async start(
    model: GradientDetector,
    optimizer: Optimizer,
    features: Pick<FeatureStore, 'batch'>,
    { count, ...setup }: ReplicasOptions,
  ): Promise<Replicas> {
    const bytes = 4 * messageLength(model);
    const blocks = Array.from({ length: count }, () => new SharedArrayBuffer(bytes));
    const workers = Array.from({ length: count - 1 }, (_, i) => new Peer({ ...setup, rank: i + 1, blocks }));
    const replicas = new Replicas(workers, (meet) =>
      stepper(model, optimizer, setup.train, features, new ThreadCommunicator(0, blocks, meet)),
    );
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
    const taken = this.workers.map((worker) => worker.ask({ kind: 'step', indices, step, lr }));
    // a worker's failure is awaited below; until then it must not count as unhandled
    for (const promise of taken) promise.catch(() => undefined);
    const report = await this.#own(indices, step, lr);
    await Promise.all(taken);
    return report;
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.stop()));
  }

  /** Resolves once all workers wait for the others, and lets them go on. Rejects if one of them has failed. */
  private async meet(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.waiting()));
    for (const worker of this.workers) worker.send({ kind: 'met' });
  }
}

interface Settle {
  resolve: () => void;
  reject: (error: Error) => void;
}

/** A worker's client: one request at a time, during which the worker may wait for the others several times. */
class Peer {
  private readonly thread: Thread<ReplicaTask, ReplicaReply>;
  private answer: Settle | undefined;
  private arrival: Settle | undefined;
  /** Whether the worker waits already, before it was asked whether it does. */
  private early = false;

  constructor(setup: ReplicaSetup) {
    this.thread = new Thread<ReplicaTask, ReplicaReply>({
      module: 'replicaWorker',
      what: 'a training thread',
      data: setup,
      hear: ({ kind }) => {
        if (kind !== 'waits') this.answer?.resolve();
        else if (this.arrival) this.arrival.resolve();
        else this.early = true;
      },
      fail: (error) => {
        this.answer?.reject(error);
        this.arrival?.reject(error);
      },
    });
  }

  ask(task: ReplicaTask): Promise<void> {
    const answer = this.answered();
    this.send(task);
    return answer;
  }

  send(task: ReplicaTask): void {
    this.thread.send(task);
  }

  answered(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.thread.failure) reject(this.thread.failure);
      else this.answer = { resolve, reject };
    });
  }

  /** Resolves once the worker waits for the others. */
  async waiting(): Promise<void> {
    if (this.thread.failure) throw this.thread.failure;
    if (!this.early) {
      await new Promise<void>((resolve, reject) => (this.arrival = { resolve, reject }));
      this.arrival = undefined;
    }
    this.early = false;
  }

  stop(): Promise<void> {
    return this.thread.stop();
  }
}
