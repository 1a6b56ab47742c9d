import { availableParallelism } from 'node:os';
import type { ModelInput, RgbImage } from '@pyramid-mamba/data';
import {
  Pool,
  received,
  type InspectedPicture,
  type Judgement,
  type Measurer,
  type PoolWorker,
} from '@pyramid-mamba/inspect';
import {
  sharedWeights,
  type DetectorCopy,
  type EncoderConfig,
  type EncoderWeights,
  type ModelInfo,
  type NumericError,
} from '@pyramid-mamba/model';
import type { JudgeReply, JudgeTask, JudgeWork } from './judgeWork.js';
import { Thread } from './thread.js';

/**
 * Threads, or the processes of a job, that judge pictures, one engine each. What they answer is bit-identical to what this thread computes with the same batches,
 * whichever of them is asked.
 */
export class Judges {
  readonly #pool: Pool<JudgeWork>;

  private constructor(workers: readonly PoolWorker<JudgeWork>[]) {
    this.#pool = new Pool<JudgeWork>(workers);
  }

  /** Starts so many threads, which share the cores, and resolves when all have their engine. @param backend as of `ChosenBackend.request` */
  static start(count: number, backend: string): Promise<Judges> {
    const cores = Math.max(1, Math.floor(availableParallelism() / count));
    return Judges.of(Array.from({ length: count }, () => new JudgeThread(backend, cores)));
  }

  /** The same with other workers, such as the processes of a job, that have begun to start. */
  static async of(workers: readonly JudgingWorker[]): Promise<Judges> {
    const judges = new Judges(workers);
    try {
      await Promise.all(workers.map(({ ready }) => ready));
    } catch (error) {
      await judges.stop();
      throw error;
    }
    return judges;
  }

  get width(): number {
    return this.#pool.size;
  }

  /** Gives every thread the model. @param info for `judge`; `measure` needs none */
  async use(copy: DetectorCopy, info?: ModelInfo): Promise<void> {
    await this.#pool.each('model', { copy, info });
  }

  /** Gives every thread the encoder, for `encode`. */
  async useEncoder(config: EncoderConfig, weights: EncoderWeights): Promise<void> {
    await this.#pool.each('encoder', { config, weights: sharedWeights(weights) });
  }

  /** The model in use. */
  get measurer(): Measurer {
    return {
      width: this.width,
      measure: async (pictures, leftOut) => received(await this.#pool.run('measure', { pictures, leftOut })),
    };
  }

  /** As `Inspector.judge`; every error is a NumericError here. */
  async judge(pictures: readonly InspectedPicture[]): Promise<(Judgement | NumericError)[]> {
    return received(await this.#pool.run('judge', pictures));
  }

  /** As `encodeHalves` of a picture that is fitted to the input. */
  encode(picture: RgbImage, input: ModelInput, where: string): Promise<Uint16Array> {
    return this.#pool.run('encode', { picture, input, where });
  }

  stop(): Promise<void> {
    return this.#pool.stop();
  }
}

/** A worker and when it has its engine. */
export type JudgingWorker = PoolWorker<JudgeWork> & { readonly ready: Promise<unknown> };

interface Settle {
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
}

/** A judging thread's client. */
export class JudgeThread implements PoolWorker<JudgeWork> {
  readonly ready: Promise<unknown>;
  readonly #thread: Thread<JudgeTask, JudgeReply>;
  #open: Settle | undefined;

  /** @param cores for what it computes by native code */
  constructor(backend: string, cores = 1) {
    this.ready = this.#answer();
    this.#thread = new Thread<JudgeTask, JudgeReply>({
      module: 'judgeWorker',
      what: 'a judging thread',
      data: { backend, cores },
      hear: (reply) => {
        const open = this.#open;
        this.#open = undefined;
        open?.resolve(reply.kind === 'done' ? reply.answer : null);
      },
      fail: (error) => this.#open?.reject(error),
    });
  }

  ask<Name extends keyof JudgeWork>(
    name: Name,
    task: JudgeWork[Name]['task'],
  ): Promise<JudgeWork[Name]['answer']> {
    const { failure } = this.#thread;
    if (failure) return Promise.reject(failure);
    const answer = this.#answer();
    this.#thread.send({ name, task });
    return answer as Promise<JudgeWork[Name]['answer']>;
  }

  async stop(): Promise<void> {
    this.#open?.reject(new Error('a judging thread was stopped'));
    await this.#thread.stop();
  }

  #answer(): Promise<unknown> {
    return new Promise((resolve, reject) => (this.#open = { resolve, reject }));
  }
}
