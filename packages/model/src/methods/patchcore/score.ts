// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.
import { exp } from '../../inference/maths.js';
import type { PatchCoreConfig } from './config.js';
import { squaredDistance } from './distance.js';

/** A patch's score: the mean distance to its k nearest rows. @param squared their squared distances, row-major (patches, k) */
export function patchScores(
  squared: Float64Array,
  k: number,
  distance: PatchCoreConfig['distance'],
): Float32Array {
  return Float32Array.from({ length: squared.length / k }, (_, p) => {
    let sum = 0;
    for (let i = p * k; i < (p + 1) * k; i++)
      sum += distance === 'squared' ? squared[i]! : Math.sqrt(squared[i]!);
    return sum / k;
  });
}

/**
 * The weight of a patch's score (paper, equation 7): 1 − the softmax, at its nearest row m*, of its Euclidean distances to the rows
 * around m*. Low where the rows around m* are as near as m* itself: the bank is dense there, and the distance means less.
 * @param around the rows nearest to m* in the bank, m* among them; a single one gives weight 1 (no weighting)
 * @param nearest m*
 */
export function patchWeight(
  { data, at }: { data: Float32Array; at: number },
  bank: Float32Array,
  dims: number,
  nearest: number,
  around: ArrayLike<number>,
): number {
  if (around.length <= 1) return 1;
  const distanceTo = (row: number): number => Math.sqrt(squaredDistance(data, at, bank, row * dims, dims));
  const own = distanceTo(nearest);
  const distances = Array.from(around, distanceTo);
  // relative to the largest, or the exponentials overflow
  const largest = Math.max(own, ...distances);
  const sum = distances.reduce((total, d) => total + exp(d - largest), 0);
  return 1 - exp(own - largest) / sum;
}
