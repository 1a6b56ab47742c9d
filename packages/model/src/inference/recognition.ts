import { z } from 'zod';

/** How a class is recognised, beside its prototype. */
export const recognitionSchema = z.strictObject({
  /** Of each of its training pictures, ascending: the Euclidean distance of its feature to the mean of the others'. */
  distances: z.array(z.number().min(0)).min(1),
});

export type Recognition = z.infer<typeof recognitionSchema>;

/** Euclidean distance of two features of equal length. */
export const featureDistance = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let c = 0; c < a.length; c++) sum += (a[c]! - b[c]!) ** 2;
  return Math.sqrt(sum);
};

/**
 * What is stored of a class's features: how far each is from the mean of the others (leave-one-out), as another picture of the class would be.
 * undefined for a single one, which says nothing of the distance of another.
 *
 * @param mean of the features
 */
export function recognitionOf(
  features: readonly ArrayLike<number>[],
  mean: ArrayLike<number>,
): Recognition | undefined {
  const n = features.length;
  if (n < 2) return undefined;
  // x - (n mean - x) / (n - 1) = (x - mean) n / (n - 1)
  const distances = features.map((feature) => (featureDistance(feature, mean) * n) / (n - 1));
  return { distances: distances.sort((a, b) => a - b) };
}
