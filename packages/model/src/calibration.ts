import { z } from 'zod';
import { isReachable, LARGEST_SCORE } from './sound.js';

/** The calibration of a product: thresholds on the raw score, and their origin. */
export const calibrationSchema = z
  .strictObject({
    /** From this score on the verdict is REVIEW, by a person. */
    review: z.number(),
    /** From this score on the verdict is NG; not below `review`. */
    reject: z.number(),
    /** quantile: from good pictures alone; f1: the reject threshold of the best F1 on labelled defects; manual: set by a person. */
    method: z.enum(['quantile', 'f1', 'manual']),
    /** Number of pictures that set the thresholds. */
    goodCount: z.number().int().min(0),
    defectCount: z.number().int().min(0),
    /** Smallest and largest raw score of those pictures. */
    scoreRange: z.tuple([z.number(), z.number()]),
    /** The 95 % quantile of the anomaly map over the pixels of good pictures: heat maps are transparent below it. */
    background: z.number(),
  })
  .refine(({ review, reject }) => review <= reject, 'review must not exceed reject')
  .refine(({ reject }) => isReachable(reject), {
    path: ['reject'],
    error: `no score can be above ${LARGEST_SCORE.toFixed(4)}, so this threshold would judge every picture OK; set it again with \`evaluate\` or by hand`,
  });

export type Calibration = z.infer<typeof calibrationSchema>;
