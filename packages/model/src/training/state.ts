import { z } from 'zod';

const count = z.number().int().min(0);
/** JSON has no infinity: earlier versions wrote null where an epoch took no measurable time. */
const speed = z
  .number()
  .nullable()
  .transform((value) => value ?? 0);

/** What a checkpoint says of how far training has come. */
export const trainingStateSchema = z
  .strictObject({
    step: count,
    epoch: count,
    partial: z.strictObject({
      steps: count,
      images: count,
      loss: z.number(),
      gradNorm: z.number(),
      seconds: z.number().min(0),
    }),
    history: z.array(
      z.strictObject({
        epoch: count,
        step: count,
        steps: count,
        loss: z.number(),
        gradNorm: z.number(),
        lr: z.number(),
        seconds: z.number().min(0),
        imagesPerSecond: speed,
      }),
    ),
  })
  .refine(({ epoch, history }) => history.length === epoch, 'the epochs recorded are not the epochs made')
  .refine(
    ({ step, partial, history }) => step === (history.at(-1)?.step ?? 0) + partial.steps,
    'the steps recorded are not the steps made',
  );

/** Means over the steps of an epoch; a line of the trainer's `train.jsonl`. */
export interface EpochRecord {
  /** Counted from 1. */
  epoch: number;
  /** Steps since the start of training, at the end of this epoch. */
  step: number;
  steps: number;
  loss: number;
  gradNorm: number;
  /** Learning rate of the epoch's last step. */
  lr: number;
  seconds: number;
  imagesPerSecond: number;
}

/** The position of training. */
export interface TrainingState {
  /** Steps since the start of training. */
  step: number;
  /** Epochs completed. */
  epoch: number;
  /** The sums of the current epoch; all 0 at an epoch's end. */
  partial: { steps: number; images: number; loss: number; gradNorm: number; seconds: number };
  history: EpochRecord[];
}

export function freshState(): TrainingState {
  return {
    step: 0,
    epoch: 0,
    partial: { steps: 0, images: 0, loss: 0, gradNorm: 0, seconds: 0 },
    history: [],
  };
}
