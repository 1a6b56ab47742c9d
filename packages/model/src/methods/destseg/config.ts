import { z } from 'zod';
import { encoderConfigSchema } from '../../encoders/registry.js';
import { checkInput, inputShape } from '../../inference/inputSchema.js';

/** A Gaussian of this standard deviation, in pixels, has one tap: it changes nothing. */
export const UNSMOOTHED = 0.1;

const shape = z.strictObject({
  method: z.literal('destseg'),
  // its sides are multiples of 32: the student's encoder halves the picture five times
  ...inputShape,
  encoder: encoderConfigSchema,
  map: z.strictObject({
    /** The score is the mean of so many largest pixels. */
    top: z.number().int().positive().max(1_048_576),
    /** Standard deviation of the Gaussian over the anomaly map, in pixels of the input; `UNSMOOTHED` as published. */
    sigma: z.number().positive(),
  }),
});

export const destsegConfigSchema = shape.superRefine((config, context) => checkInput(config, 32, context));

export type DestsegConfig = z.infer<typeof destsegConfigSchema>;
