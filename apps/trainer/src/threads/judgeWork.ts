import type { ModelInput, RgbImage } from '@pyramid-mamba/data';
import type { InspectedPicture, Judgement } from '@pyramid-mamba/inspect';
import {
  NumericError,
  type DetectorCopy,
  type EncoderConfig,
  type EncoderWeights,
  type Judged,
  type ModelInfo,
} from '@pyramid-mamba/model';

/** A picture for which the network computed invalid numbers: an error's class is lost between threads. */
export interface Invalid {
  readonly invalid: string;
}

/** What a judging thread does. */
export type JudgeWork = {
  /** Keep this model: all later work is with it. */
  model: { task: { copy: DetectorCopy; info: ModelInfo | undefined }; answer: null };
  /** Keep this encoder. */
  encoder: { task: { config: EncoderConfig; weights: EncoderWeights }; answer: null };
  /** As `measureEach`. */
  measure: {
    task: {
      pictures: readonly RgbImage[];
      leftOut: readonly (readonly number[])[] | undefined;
    };
    answer: (Judged | Invalid)[];
  };
  /** As `Inspector.judge`. */
  judge: { task: readonly InspectedPicture[]; answer: (Judgement | Invalid)[] };
  /** As `encodeHalves`. */
  encode: { task: { picture: RgbImage; input: ModelInput; where: string }; answer: Uint16Array };
};

export interface JudgeTask {
  name: keyof JudgeWork;
  task: JudgeWork[keyof JudgeWork]['task'];
}
export type JudgeReply = { kind: 'ready' } | { kind: 'done'; answer: unknown };

/** Results as they go between threads. */
export const sendable = <T extends object>(found: readonly (T | NumericError)[]): (T | Invalid)[] =>
  found.map((one) => (one instanceof NumericError ? { invalid: one.message } : one));

/** Results as they were before. */
export const received = <T extends object>(found: readonly (T | Invalid)[]): (T | NumericError)[] =>
  found.map((one) => ('invalid' in one ? new NumericError(one.invalid) : one));
