import { z } from 'zod';
import { encoderConfigSchema } from '../../encoders/registry.js';
import { checkInput, inputShape } from '../../inference/inputSchema.js';
import { centringShape } from '../reconstruction/centring.js';

const count = z.number().int().positive();

/** The residual blocks of embedding and decoder; the published networks mirror the encoder's. */
const blockSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    /** Two 3×3 convolutions (ResNet18 and 34). */
    kind: z.literal('basic'),
  }),
  z.strictObject({
    /** 1×1, 3×3, 1×1: a quarter of the outputs inside, times `inner` (ResNet50: 1, Wide-ResNet50-2: 2). */
    kind: z.literal('bottleneck'),
    inner: count,
  }),
]);

const shape = z.strictObject({
  method: z.literal('rd4ad'),
  // its sides are multiples of 32: features are at 1/4, 1/8 and 1/16, the decoder starts at 1/32
  ...inputShape,
  encoder: encoderConfigSchema,
  ...centringShape,
  block: blockSchema,
  /** Residual blocks of the one-class embedding. */
  embedding: count,
  /** Residual blocks of the decoder's three layers, coarse to fine. */
  decoder: z.tuple([count, count, count]),
  map: z.strictObject({
    /** Standard deviation of the Gaussian over the anomaly map, in pixels of the input. */
    sigma: z.number().positive(),
  }),
});

export const rd4adConfigSchema = shape.superRefine((config, context) => checkInput(config, 32, context));

export type Rd4adConfig = z.infer<typeof rd4adConfigSchema>;
