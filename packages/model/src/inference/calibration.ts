import { z } from 'zod';
import { isReachable } from './sound.js';

/** The calibration of a product: thresholds on the raw score, and their origin. */
export const calibrationSchema = z
  .strictObject({
    /** From this score on the verdict is REVIEW, by a person. */
    review: z.number(),
    /** From this score on the verdict is NG; not below `review`. */
    reject: z.number(),
    /** quantile: from good pictures alone; drawn: with defects drawn on good pictures; f1: the reject threshold of the best F1 on labelled defects; manual: set by a person. */
    method: z.enum(['quantile', 'drawn', 'f1', 'manual']),
    /** Number of pictures that set the thresholds. */
    goodCount: z.number().int().min(0),
    defectCount: z.number().int().min(0),
    /** Smallest and largest raw score of those pictures. */
    scoreRange: z.tuple([z.number(), z.number()]),
    /** The 95 % quantile of the anomaly map over the pixels of good pictures: heat maps are transparent below it. */
    background: z.number(),
  })
  .refine(({ review, reject }) => review <= reject, 'review must not exceed reject');

export type Calibration = z.infer<typeof calibrationSchema>;

/**
 * The same for thresholds that are written: `review` must be reachable, or every picture would be OK. `reject` need not be, since pictures
 * from `review` on are REVIEW. `largest` is the method's `largestScore`. Files that are read may have both beyond reach; an OK by such thresholds is REVIEW, see `OUT_OF_REACH`.
 */
export const newCalibrationSchema = (largest: number) =>
  calibrationSchema.refine(({ review }) => isReachable(review, largest), {
    path: ['review'],
    error: `no score can be above ${largest.toFixed(4)}, so with this threshold every picture would be OK; set it again with \`evaluate\` or by hand`,
  });

/**
 * The calibration, or undefined if no score can reach its review threshold: good pictures with scores near the largest possible one show a
 * model that has learnt nothing.
 */
export const usable = <T extends { readonly review: number }>(
  found: T | undefined,
  largest: number,
): T | undefined => (found && isReachable(found.review, largest) ? found : undefined);

/** The usable ones of the calibrations of classes. */
export const usableOnly = <T extends { readonly review: number }>(
  found: Readonly<Record<string, T>>,
  largest: number,
): Record<string, T> =>
  Object.fromEntries(Object.entries(found).filter(([, one]) => usable(one, largest) !== undefined));
