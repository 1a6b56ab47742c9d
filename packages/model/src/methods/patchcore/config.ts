import { z } from 'zod';
import { encoderConfigSchema, familyOf } from '../../encoders/registry.js';
import type { EncoderContract } from '../../encoders/types.js';
import { checkInput, inputShape } from '../../inference/inputSchema.js';

const count = z.number().int().positive();

/** What stands in the bank for a patch. */
const embeddingSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    /** The 3×3 means of the levels' channels, concatenated (anomalib). */
    kind: z.literal('means'),
  }),
  z.strictObject({
    /** The 3×3 windows of each level, pooled to `perLevel` values, then all levels to `dims` (the published code). */
    kind: z.literal('windows'),
    perLevel: count,
    dims: count,
  }),
]);

const shape = z.strictObject({
  method: z.literal('patchcore'),
  // its sides are multiples of the encoder's `inputMultiple`
  ...inputShape,
  encoder: encoderConfigSchema,
  /** Indices of the encoder's features, fine to coarse; the first one's grid is the grid of patches. 1 and 2 are layer2 and layer3 of a ResNet. */
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
    /** Most patches that the bank keeps, whatever their share, chosen greedily; absent: as many as the share makes. */
    rows: count.optional(),
    /**
     * The distances of the first choice: `exact` to all patches, `approximate` to ten random ones (both of the published code),
     * or `k-center`, which begins with a random patch (anomalib).
     */
    start: z.enum(['exact', 'approximate', 'k-center']),
    /** Values to which a random projection shortens a patch for the choice alone, or null for none. */
    projection: count.nullable(),
    /** Patches among which the choice is made; of more, a random part. Bounds memory and time; null chooses among all. */
    candidates: count.nullable(),
  }),
  /** Nearest rows of the bank whose mean distance is a patch's score. */
  neighbours: count,
  /** Squared (published code) or Euclidean distances (paper, anomalib). */
  distance: z.enum(['squared', 'euclidean']),
  /** The largest value of the smoothed map, or the largest distance of a patch before it is smoothed (paper, published code). */
  score: z.enum(['map', 'patch']),
  /** Rows around the nearest one that re-weight the score `patch` (paper, equation 7; 9 in anomalib), or null for none. */
  reweight: count.nullable(),
  map: z.strictObject({
    /** Standard deviation of the Gaussian over the anomaly map, in pixels of the input. */
    sigma: z.number().positive(),
  }),
});

export const patchCoreConfigSchema = shape
  .refine(({ score, reweight }) => score === 'patch' || reweight === null, {
    path: ['reweight'],
    error: 'only the score "patch" is re-weighted; set score to "patch" or reweight to null',
  })
  .superRefine((config, context) => {
    const { encoder, levels } = config;
    const { channels, inputMultiple } = familyOf(encoder).contract(encoder);
    const last = levels.at(-1)!;
    if (last >= channels.length)
      context.addIssue({
        code: 'custom',
        path: ['levels'],
        message: `the encoder has the levels 0 to ${channels.length - 1}, not ${last}`,
      });
    checkInput(config, inputMultiple, context);
  });

export type PatchCoreConfig = z.infer<typeof shape>;

/** Values of a patch in the bank. */
export function patchDims(
  { levels, embedding }: Pick<PatchCoreConfig, 'levels' | 'embedding'>,
  { channels }: Pick<EncoderContract, 'channels'>,
): number {
  if (embedding.kind === 'windows') return embedding.dims;
  return levels.reduce((sum, level) => sum + channels[level]!, 0);
}
