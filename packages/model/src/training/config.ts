import { z } from 'zod';
import { trainPartSchema } from './parts.js';

const positive = z.number().positive();
const count = z.number().int().positive();

/** Keys that earlier versions called otherwise, under the names they have now. */
export function withRenamedKeys(train: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { anyWayRound, ...rest } = train;
  return anyWayRound === undefined ? rest : { augmentRotations: anyWayRound, ...rest };
}

const trainKeys = z.strictObject({
  /**
   * adam adds the weight decay to the gradient, adamw shrinks the weights (decoupled); stableadamw is AdamW with decay of every parameter and
   * the step bounded by the RMS of gradient over denominator (Wortsman et al. 2023, as Dinomaly has it); sgd has the momentum `betas[0]` and adds
   * the decay to the gradient of every parameter.
   */
  optimizer: z.enum(['adam', 'adamw', 'stableadamw', 'sgd']),
  /** Of stableadamw: the denominator is of the largest second moment so far. */
  amsgrad: z.boolean().optional(),
  lr: positive,
  weightDecay: z.number().min(0),
  betas: z.tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)]),
  eps: positive,
  /** Bound on the global norm of the gradient, or null for none. */
  clipNorm: positive.nullable(),
  /** Factor of the loss. */
  lossWeight: positive,
  epochs: count,
  /**
   * The length of training in steps instead of whole epochs, as a plan by time sets it. Absent: all steps of `epochs`, which is then only
   * the number of epochs that the steps fill or begin.
   */
  steps: count.optional(),
  batchSize: count,
  /** The learning rate is divided by ten after this share of the epochs, or of `steps`; 1 = never. */
  dropAt: z.number().positive().max(1),
  /**
   * Instead of `dropAt`: the learning rate rises from 0 to `lr` over `warmup` steps and falls along half a cosine to `finalLr` at the last
   * step (Dinomaly).
   */
  schedule: z.strictObject({ warmup: count, finalLr: positive }).optional(),
  /**
   * Instead of a reconstruction's own loss: the global cosine distance, whose gradient is multiplied by `factor` at the share of pixels that
   * are rebuilt best. The share rises to `share` over `rampSteps` steps (Dinomaly: 0.9, 0.1, 1000).
   */
  hardMining: z
    .strictObject({ share: z.number().min(0).max(1), factor: z.number().min(0).max(1), rampSteps: count })
    .optional(),
  /** Of a method whose networks are trained one after the other, see `TrainPart`. */
  parts: z.array(trainPartSchema).min(1).max(8).optional(),
  /** Of a method that draws anomalies: the folder whose pictures they are made of. Absent: textures that are drawn too. */
  textures: z.string().min(1).max(4096).optional(),
  seed: z.number().int(),
  /**
   * Version of the random streams of weights and noise. Absent in runs from before version 2, which used
   * version 1: its streams overlap.
   */
  random: z.literal([1, 2]).optional(),
  /**
   * Classes with rotation augmentation: each epoch shows each of their pictures unchanged, rotated by multiples of 90° or mirrored.
   * Not in the paper; for a class of few pictures whose products have no fixed orientation.
   */
  augmentRotations: z.array(z.string()).optional(),
});

export const trainConfigSchema = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? withRenamedKeys(value as Record<string, unknown>)
      : value,
  trainKeys,
);

export type TrainConfig = z.infer<typeof trainConfigSchema>;
