import { SCAN_DIRECTIONS, SCAN_ORDERS } from '@pyramid-mamba/ssm-kernels';
import { z } from 'zod';
import { encoderConfigSchema } from '../../encoders/registry.js';
import { checkInput, inputShape } from '../../inference/inputSchema.js';
import { stageDepth } from '../pyramid-mamba/config.js';
import { centringShape } from '../reconstruction/centring.js';

const count = z.number().int().positive();

const shape = z.strictObject({
  method: z.literal('mambaad'),
  // its sides are multiples of 32: features are at 1/4, 1/8 and 1/16, the decoder starts at 1/32
  ...inputShape,
  encoder: encoderConfigSchema,
  ...centringShape,
  mff: z.strictObject({
    /** Residual bottleneck blocks at 1/32. */
    bottlenecks: count,
    /** Inner channels of a bottleneck block; default half of the encoder's coarsest features'. */
    bottleneckWidth: count.optional(),
  }),
  decoder: z.strictObject({
    /** Scan blocks of the four stages, coarse to fine. */
    depths: z.tuple([stageDepth, stageDepth, stageDepth, stageDepth]),
    /** States per channel, N. */
    dState: count,
    /** The curve that each direction follows (paper, figure 3). */
    scanOrder: z.enum(SCAN_ORDERS),
    /** Directions of the scan, K. */
    directions: z.literal(SCAN_DIRECTIONS),
    /** Maximum rate of the stochastic depth schedule. */
    dropPath: z.number().min(0).max(0.95),
  }),
  map: z.strictObject({
    /** Standard deviation of the Gaussian over the anomaly map, in pixels of the input. */
    sigma: z.number().positive(),
  }),
});

export const mambaAdConfigSchema = shape.superRefine((config, context) => checkInput(config, 32, context));

export type MambaAdConfig = z.infer<typeof mambaAdConfigSchema>;
