import { CLASS_SOURCES } from './classSources.js';
import { VERDICTS } from '@pyramid-mamba/metrics';
import { z } from 'zod';

const time = z.iso.datetime().describe('UTC');
const sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('SHA-256 in hex');
const model = z.object({ name: z.string(), sha256 });

/** One picture: what was decided, by what, and when; or why nothing was. */
export const resultSchema = z
  .object({
    kind: z.literal('result'),
    id: z.string().describe('Unique: a receiver that gets a result twice knows it by this'),
    source: z.enum(['http', 'watch', 'nats']),
    file: z.string().describe('The name in the request, or the path of a watched file'),
    picture: z.object({ sha256, bytes: z.number().int().describe('Of the file') }),
    model,
    time: time.describe('When it was decided, UTC'),
    durationMs: z.number().describe('From the picture being taken to the decision, waiting included'),
    class: z.string().nullable().describe('The product'),
    classSource: z.enum(CLASS_SOURCES).nullable(),
    score: z.number().nullable(),
    scoreOfLimit: z
      .number()
      .nullable()
      .describe('As a multiple of the review threshold: from 1 on the verdict is never OK'),
    verdict: z
      .enum(VERDICTS)
      .nullable()
      .describe('null where there is none: error or doubts say why. Never OK after a failure'),
    doubts: z
      .array(z.string())
      .readonly()
      .describe('Reasons not to trust an OK; the verdict is then REVIEW at best'),
    thresholds: z.object({ review: z.number(), reject: z.number() }).nullable(),
    regions: z
      .array(
        z.object({
          box: z
            .tuple([z.number(), z.number(), z.number(), z.number()])
            .describe('Left, top, width, height in pixels of the picture'),
          area: z.number(),
          peak: z
            .object({ x: z.number(), y: z.number(), score: z.number() })
            .describe('The most anomalous pixel and its score'),
          centroid: z.object({ x: z.number(), y: z.number() }),
        }),
      )
      .readonly()
      .nullable()
      .describe('Above the review threshold, the highest peak first'),
    width: z.number().int().nullable(),
    height: z.number().int().nullable(),
    located: z
      .object({
        x: z.number().describe('To the right, in pixels of the picture, from where it is expected'),
        y: z.number().describe('Down'),
        turn: z.number().describe("Clockwise, in degrees, about the picture's centre, before it is moved"),
        agreement: z.number().describe('Of its edges with those of good pictures, at most 1'),
        found: z.boolean().describe('Where not, the verdict is never OK'),
      })
      .optional()
      .describe('Where the part was found, by a model trained with --locate'),
    error: z.string().nullable().describe('Why the picture was not judged; there is no verdict then'),
    watched: z
      .object({ size: z.number(), changed: z.number() })
      .optional()
      .describe('Of a watched file: its bytes and the time of its last change in milliseconds'),
  })
  .meta({ id: 'Result' });
export type Result = z.infer<typeof resultSchema>;

/** What a person says of a result. */
export const labelSchema = z
  .object({
    kind: z.literal('label'),
    id: z.string(),
    time,
    result: z.string().describe('The id of the result'),
    label: z.enum(['good', 'defective']),
    by: z.string().describe('Who says it'),
    note: z.string(),
  })
  .meta({ id: 'Label' });
export type Label = z.infer<typeof labelSchema>;

export type Entry =
  | Result
  | Label
  | { kind: 'model'; id: string; time: string; name: string; from: string | null; to: string; note: string }
  | {
      kind: 'warning';
      id: string;
      time: string;
      class: string;
      what: string;
      active: boolean;
      message: string;
    }
  | { kind: 'station'; id: string; time: string; event: 'started' | 'stopped'; version: string }
  /** The system's clock was set by so many seconds, negative where it was set back: later entries may have earlier times. */
  | { kind: 'station'; id: string; time: string; event: 'clock'; seconds: number };
