import { z } from 'zod';

const count = z.number().int().positive();

/** What stands in the bank for a patch. */
const embeddingSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    /** The 3×3 means of the levels' channels, concatenated (anomalib). */
    kind: z.literal('means'),
  }),
  z.strictObject({
    /** The 3×3 windows of each level, pooled to `perLevel` values, then both levels to `dims` (the published code). */
    kind: z.literal('windows'),
    perLevel: count,
    dims: count,
  }),
]);

/** The settings of a memory bank; `method`, `encoder` and `inputSize` stand beside them. */
export const bankShape = {
  /** Indices of the encoder's features, fine to coarse; the first one's grid is the grid of patches. */
  levels: z
    .array(z.number().int().min(0))
    .min(1)
    .refine((levels) => levels.every((level, i) => i === 0 || level > levels[i - 1]!), {
      error: 'the levels must ascend, such as [1, 2]',
    }),
  embedding: embeddingSchema,
  coreset: z.strictObject({
    /** Share of the training patches that the bank keeps, chosen greedily; 1 keeps all of them. */
    share: z.number().positive().max(1),
    /**
     * The distances of the first choice: `exact` to all patches, `approximate` to ten random ones (both of the published code),
     * or `k-center`, which begins with a random patch (anomalib).
     */
    start: z.enum(['exact', 'approximate', 'k-center']),
    /** Values to which a random projection shortens a patch for the choice alone, or null for none. */
    projection: count.nullable(),
  }),
  /** Nearest rows of the bank whose mean distance is a patch's score. */
  neighbours: count,
  /** Squared (published code) or Euclidean distances (paper, anomalib). */
  distance: z.enum(['squared', 'euclidean']),
  /** Rows around the nearest one that re-weight the score of a picture (paper, equation 7; 9 in anomalib), or null for none. */
  reweight: count.nullable(),
  map: z.strictObject({
    /** Standard deviation of the Gaussian over the anomaly map, in pixels of the input. */
    sigma: z.number().positive(),
  }),
};

/** The settings of a memory bank without the encoder. */
export const bankConfigSchema = z.strictObject(bankShape);
export type BankConfig = z.infer<typeof bankConfigSchema>;
