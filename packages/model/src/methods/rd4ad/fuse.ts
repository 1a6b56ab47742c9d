// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.
import type { LevelMap } from '../../inference/levels.js';
import { smoothed, sumLevels } from '../reconstruction/fuse.js';
import type { MapConfig } from '../types.js';

/** A map is the sum of three levels of 1 − cosine similarity, each 0 to 2. */
export const LARGEST_SUM = 6;

/** A picture's map: per level 1 − cosine, resized with aligned corners, added, smoothed by a Gaussian of `sigma` pixels. The score is its maximum. */
export function fuseSum(
  levels: readonly LevelMap[],
  size: readonly [height: number, width: number],
  map: MapConfig,
  mask?: Uint8Array,
): { map: Float32Array; score: number } {
  return smoothed(sumLevels(levels, size[0], size[1]), size, map, mask);
}
