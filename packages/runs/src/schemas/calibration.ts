import type { ClassCalibration } from '@pyramid-mamba/metrics';
import { z } from 'zod';
import { MAX_SCORE } from './limits.js';

const score = z.number().min(-MAX_SCORE).max(MAX_SCORE);
const count = z.number().int().min(0);

/** The thresholds of a class, as a model file and an evaluation hold them. */
export const calibrationSchema: z.ZodType<ClassCalibration> = z
  .object({
    review: score,
    reject: score,
    method: z.enum(['quantile', 'drawn', 'f1', 'manual']),
    goodCount: count,
    defectCount: count,
    scoreRange: z.tuple([score, score]),
    background: score,
  })
  .refine(({ review, reject }) => review <= reject, 'review must not exceed reject');
