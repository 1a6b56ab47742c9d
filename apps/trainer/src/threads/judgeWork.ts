import type { ModelInput, RgbImage } from '@pyramid-mamba/data';
import type { InspectedPicture, Invalid, Judgement } from '@pyramid-mamba/inspect';
import type { DetectorCopy, EncoderConfig, EncoderWeights, Judged, ModelInfo } from '@pyramid-mamba/model';

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
