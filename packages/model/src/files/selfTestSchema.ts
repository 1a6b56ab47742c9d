import { z } from 'zod';
import { productAreasSchema } from './areasSchema.js';
import { namedRecord } from './namedRecord.js';

const count = z.number().int().min(0);
const share = z.number().min(0).max(1);
const interval = z.tuple([share, share]);

/** Pictures with drawn defects, those that are not OK, and of these the ones whose peak lies on the defect. */
const tally = { drawn: count, found: count, placed: count };

const classSelfTestSchema = z.strictObject({
  /** A class that did not pass never gives OK. */
  passed: z.boolean(),
  /** Why not, a sentence without its full stop. */
  reason: z.string().optional(),
  /** Why the class does not pass whatever is counted by thresholds, a sentence without its full stop; absent where nothing is known against it. */
  doubt: z.string().optional(),
  /** What passing means. */
  rule: z.string(),
  /** 0 to 1, higher is better; comparable between models that were tested with the same pictures and drawings. */
  figure: share,
  /** Good pictures that the model has not seen; refused is NG. */
  good: z.strictObject({ pictures: count, refused: count, toReview: count, refusedInterval: interval }),
  drawn: z.strictObject({ ...tally, foundInterval: interval }),
  /** Those that are large and strong enough to be found. */
  clear: z.strictObject(tally),
  /** Real defective pictures, and those of them that are not OK; absent without any. */
  real: z.strictObject({ pictures: count, found: count, foundInterval: interval }).optional(),
  byKind: namedRecord(z.strictObject(tally)),
  /** Sizes are the longest side of the changed area as a share of the picture's shorter side, ascending. */
  bySize: z.array(z.strictObject({ size: share, ...tally })),
  /** Multiples of the product's own variation, ascending. */
  byContrast: z.array(z.strictObject({ contrast: z.number().positive(), ...tally })),
  /** The smallest size found nine times in ten: as a share, and in pixels of pictures whose shorter side is `side`. */
  smallest: z.strictObject({ size: share, pixels: count, side: count }).nullable(),
  /** The version of the drawings: others give other pictures from the same seeds. */
  drawing: count,
  /** Drawn pictures: the seed draws them again on the picture at this size. */
  examples: z.array(
    z.strictObject({
      picture: z.string(),
      kind: z.string(),
      size: share,
      contrast: z.number().positive(),
      seed: z.string(),
      width: count,
      height: count,
      /** The part of the picture at this size that was drawn on, of models with tiles; sizes are shares of its shorter side. */
      window: z.strictObject({ left: count, top: count, width: count, height: count }).optional(),
      found: z.boolean(),
      placed: z.boolean(),
      /** Its index in `scores.drawn`. */
      at: count.optional(),
    }),
  ),
  /** The judged part of the pictures that were measured, where other areas have been set since; absent where it is still that of the file. */
  areas: productAreasSchema.optional(),
  /** What was measured, from which everything above but the figure is counted by thresholds. Absent in files of older versions. */
  scores: z
    .strictObject({
      /** Of the good pictures. */
      good: z.array(z.number()),
      /** `onIt`: the map's peak lies on the defect, whatever the thresholds. */
      drawn: z.array(
        z.strictObject({
          kind: z.string(),
          size: share,
          contrast: z.number().positive(),
          score: z.number(),
          onIt: z.boolean(),
        }),
      ),
      /** Of real defective pictures; absent without any. */
      real: z.array(z.number()).optional(),
      /** Shorter side of the pictures in pixels. */
      side: count,
    })
    .optional(),
});

/** What a self-test after training measured, by class. */
export const selfTestSchema = namedRecord(classSelfTestSchema);

export type ClassSelfTest = z.infer<typeof classSelfTestSchema>;
export type SelfTest = z.infer<typeof selfTestSchema>;
