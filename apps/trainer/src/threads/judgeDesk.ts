import { normalizedPicture } from '@pyramid-mamba/data';
import { Inspector, measureEach, sendable } from '@pyramid-mamba/inspect';
import { createEncoder, detectorFrom, encodeHalves, type Detector, type Encoder } from '@pyramid-mamba/model';
import { NEXT } from '../terminal/nextSteps.js';
import type { JudgeTask, JudgeWork } from './judgeWork.js';

type Work = {
  [Name in keyof JudgeWork]: (
    task: JudgeWork[Name]['task'],
  ) => JudgeWork[Name]['answer'] | Promise<JudgeWork[Name]['answer']>;
};

/** Does `JudgeWork` on the current backend, with the model or the encoder that it was given last: in a thread, or in a process of an MPI job. */
export class JudgeDesk {
  #model: Detector | undefined;
  #inspector: Inspector | undefined;
  #encoder: Encoder | undefined;

  readonly #work: Work = {
    model: ({ copy, info }) => {
      this.dispose();
      this.#model = detectorFrom(copy);
      this.#inspector = info && new Inspector(this.#model, info, NEXT);
      return null;
    },
    encoder: ({ config, weights }) => {
      this.#encoder?.dispose();
      this.#encoder = createEncoder(config, weights);
      return null;
    },
    measure: async ({ pictures, leftOut }) =>
      sendable(await measureEach(this.#model!, pictures, NEXT, leftOut)),
    judge: async (pictures) => sendable(await this.#inspector!.judge(pictures)),
    encode: ({ picture, input, where }) =>
      encodeHalves(this.#encoder!, normalizedPicture(picture), input, where),
  };

  /** The answer of `JudgeWork`, which is rejected as the work is. */
  async take({ name, task }: JudgeTask): Promise<unknown> {
    // the names and their tasks belong together
    const work = this.#work[name] as (task: JudgeTask['task']) => unknown;
    return work(task);
  }

  dispose(): void {
    this.#model?.dispose();
    this.#encoder?.dispose();
    this.#model = this.#inspector = this.#encoder = undefined;
  }
}
