import { z } from 'zod';
import { isReachable, LARGEST_SCORE } from './sound.js';

/** What a product's scores mean: thresholds on the raw score, and where they came from. */
export const calibrationSchema = z
  .strictObject({
    /** From this score on a person should look. */
    review: z.number(),
    /** From this score on a picture is rejected; not below `review`. */
    reject: z.number(),
    /** quantile: from good pictures alone; f1: the reject threshold of the best F1 on labelled defects; manual: set by a person. */
    method: z.enum(['quantile', 'f1', 'manual']),
    /** Pictures the thresholds were set by. */
    goodCount: z.number().int().min(0),
    defectCount: z.number().int().min(0),
    /** Smallest and largest raw score of those pictures. */
    scoreRange: z.tuple([z.number(), z.number()]),
    /** The anomaly map's value that 95 of 100 pixels of good pictures stay below: heat maps are clear up to here. */
    background: z.number(),
  })
  .refine(({ review, reject }) => review <= reject, 'review must not exceed reject')
  .refine(({ reject }) => isReachable(reject), {
    path: ['reject'],
    error: `no score can be above ${LARGEST_SCORE.toFixed(4)}, so this threshold would judge every picture OK; set it anew with \`evaluate\` or by hand`,
  });

export type Calibration = z.infer<typeof calibrationSchema>;
