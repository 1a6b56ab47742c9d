import { z } from 'zod';
import { FormatError } from './errors.js';

const positive = z.number().positive();
const count = z.number().int().positive();
// a stage is a sequence of CSS modules of three scan blocks each, or of two (reference code: "depths")
const depth = count.refine((d) => d % 3 === 0 || d % 2 === 0, 'a depth must be a multiple of 2 or of 3');

export const encoderConfigSchema = z.strictObject({
  /** Which residual network of torchvision's family. */
  arch: z.enum(['resnet18', 'resnet34']),
  /** Channels of the first stage; the three features have width, 2·width and 4·width channels. 64 in the paper. */
  width: count,
});

const modelShape = z.strictObject({
  /** Side of the square input in pixels, a multiple of 32: features are at 1/4, 1/8 and 1/16, the decoder starts at 1/32. */
  inputSize: count.refine((s) => s % 32 === 0, 'the input size must be a multiple of 32'),
  encoder: encoderConfigSchema,
  mff: z.strictObject({
    /** Residual bottleneck blocks at 1/32. */
    bottlenecks: count,
    /** Inner channels of a bottleneck block; default 2·encoder.width. */
    bottleneckWidth: count.optional(),
    /** Standard deviation of the feature noise in training; 0 disables it (paper, table IV). */
    noiseStd: z.number().min(0),
  }),
  decoder: z.strictObject({
    /** Scan blocks of the four stages, coarse to fine. */
    depths: z.tuple([depth, depth, depth, depth]),
    /** States per channel, N. */
    dState: count,
    /** Pyramid levels of the scan: [1] none, [1, 2] the map and its quadrants, [1, 2, 4] (paper, figure 4). */
    grids: z.array(count).min(1),
    /** The global branch, pyramid scans (paper, table III). */
    pss: z.boolean(),
    /** The local branches, convolutions (paper, table III). */
    lec: z.boolean(),
    /** Maximum rate of the stochastic depth schedule. */
    dropPath: z.number().min(0).max(0.95),
  }),
  map: z.strictObject({
    /** Standard deviation of the Gaussian over the anomaly map, in pixels of the input. */
    sigma: positive,
  }),
});

/** Keys that earlier versions called otherwise, under the names they have now. */
export function withRenamedKeys(train: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { anyWayRound, ...rest } = train;
  return anyWayRound === undefined ? rest : { augmentRotations: anyWayRound, ...rest };
}

const trainKeys = z.strictObject({
  /** adam adds the weight decay to the gradient, adamw shrinks the weights (decoupled). */
  optimizer: z.enum(['adam', 'adamw']),
  lr: positive,
  weightDecay: z.number().min(0),
  betas: z.tuple([z.number().min(0).lt(1), z.number().min(0).lt(1)]),
  eps: positive,
  /** Bound on the global norm of the gradient, or null for none. */
  clipNorm: positive.nullable(),
  /** Factor of the loss. */
  lossWeight: positive,
  epochs: count,
  batchSize: count,
  /** The learning rate is divided by ten after this share of the epochs; 1 = never. */
  dropAt: z.number().positive().max(1),
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

export const modelConfigSchema = modelShape.refine(({ decoder }) => decoder.pss || decoder.lec, {
  path: ['decoder'],
  error: 'pss and lec are both false: the decoder needs at least one branch',
});

export const trainConfigSchema = z.preprocess(
  (value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? withRenamedKeys(value as Record<string, unknown>)
      : value,
  trainKeys,
);

export type EncoderConfig = z.infer<typeof encoderConfigSchema>;
export type ModelConfig = z.infer<typeof modelConfigSchema>;
export type TrainConfig = z.infer<typeof trainConfigSchema>;

/** The value, if it fits the schema; otherwise throws a FormatError that names the key. */
export function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const key = issue.path.join('.');
  throw new FormatError(`${where}: ${key ? `${key}: ` : ''}${issue.message}.`);
}
