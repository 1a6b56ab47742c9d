import { z } from 'zod';
import { VERDICTS } from '@pyramid-mamba/metrics';
import { resultSchema } from '../journal/entries.js';

export const readySchema = z.object({ ready: z.boolean(), reason: z.string().nullable() });

export const recentSchema = z
  .object({
    ready: z.boolean(),
    since: z.string().describe('When the station started, UTC'),
    counts: z.array(z.object({ product: z.string(), verdict: z.string(), pictures: z.number().int() })),
    trend: z
      .array(
        z.object({
          product: z.string(),
          points: z.array(
            z.object({ at: z.string(), verdict: z.enum(VERDICTS).nullable(), scoreOfLimit: z.number() }),
          ),
        }),
      )
      .describe('Scores of the last pictures as multiples of the limit, the oldest first'),
    warnings: z.array(
      z.object({ product: z.string(), what: z.string(), message: z.string(), since: z.string() }),
    ),
    outputs: z.array(z.object({ name: z.string(), failure: z.string().nullable() })),
    pictures: z.array(
      z.object({
        result: resultSchema,
        thumbnail: z
          .string()
          .nullable()
          .describe('A small picture as a data: URL; null until somebody watches'),
      }),
    ),
  })
  .meta({ id: 'Recent' });
export type Recent = z.infer<typeof recentSchema>;
