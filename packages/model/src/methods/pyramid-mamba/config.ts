import { SCAN_DIRECTIONS, SCAN_ORDERS } from '@pyramid-mamba/ssm-kernels';
import { z } from 'zod';
import { encoderConfigSchema, familyOf } from '../../encoders/registry.js';
import { checkInput, inputShape } from '../../inference/inputSchema.js';
import { centringShape } from '../reconstruction/centring.js';
import { smallestCell } from './flat.js';

const positive = z.number().positive();
const count = z.number().int().positive();
/** A stage is a sequence of CSS modules of three scan blocks each, or of two (reference code: "depths"). */
export const stageDepth = count.refine(
  (d) => d % 3 === 0 || d % 2 === 0,
  'a depth must be a multiple of 2 or of 3',
);

/** The keys of a decoder that say which pixels its scans visit when. Absent in the presets and in files of version 1: four sweeps. */
export const scanGeometryShape = {
  /** The curve that each direction follows; absent means `sweep`. */
  scanOrder: z.enum(SCAN_ORDERS).optional(),
  /** Directions of the scan; absent means 4. */
  directions: z.literal(SCAN_DIRECTIONS).optional(),
};

const shape = z.strictObject({
  /** Absent in files of version 1. */
  method: z.literal('pyramid-mamba').optional(),
  // its sides are multiples of `smallestCell`
  ...inputShape,
  encoder: encoderConfigSchema,
  ...centringShape,
  mff: z.strictObject({
    /** Residual bottleneck blocks at 1/32, or at the one resolution of the encoder's features. */
    bottlenecks: count,
    /** Inner channels of a bottleneck block; default half of the encoder's coarsest features'. */
    bottleneckWidth: count.optional(),
    /** Standard deviation of the feature noise in training; 0 disables it (paper, table IV). */
    noiseStd: z.number().min(0),
    /** Share of the fused features' values that are set to 0 in training; absent: none. Not in the paper (Dinomaly's noisy bottleneck). */
    dropout: z.number().min(0).lt(1).optional(),
  }),
  decoder: z.strictObject({
    /** Scan blocks of the four stages, coarse to fine; all at one resolution where the encoder's features are. */
    depths: z.tuple([stageDepth, stageDepth, stageDepth, stageDepth]),
    /** States per channel, N. */
    dState: count,
    /** Pyramid levels of the scan: [1] none, [1, 2] the map and its quadrants, [1, 2, 4] (paper, figure 4). */
    grids: z.array(count).min(1),
    ...scanGeometryShape,
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

export const pyramidMambaConfigSchema = shape
  .superRefine((config, context) => {
    const { encoder } = config;
    checkInput(config, smallestCell(familyOf(encoder).contract(encoder)), context);
  })
  .refine(({ decoder }) => decoder.pss || decoder.lec, {
    path: ['decoder'],
    error: 'pss and lec are both false: the decoder needs at least one branch',
  });

export type PyramidMambaConfig = z.infer<typeof pyramidMambaConfigSchema>;

/** Whether a configuration is this method's; one without a method is. */
export const isPyramidMamba = (config: {
  readonly method?: string | undefined;
}): config is PyramidMambaConfig => (config.method ?? 'pyramid-mamba') === 'pyramid-mamba';
