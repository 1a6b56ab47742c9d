// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.
import type { LevelMap } from '../../inference/levels.js';
import { smoothed, sumLevels } from '../reconstruction/fuse.js';
import type { MapConfig } from '../types.js';

/** The maximum possible score: a map is the sum of levels of 1 − cosine similarity (0..2), divided by the square of their number. */
export const largestScoreOf = (levels: number): number => 2 / levels;

/** That of an encoder of three levels. */
export const LARGEST_SCORE = largestScoreOf(3);

/** The levels resized to one size and averaged as in the authors' code (their sum over 3·3), before smoothing. */
export function fuseLevels(levels: readonly LevelMap[], outH: number, outW: number): Float64Array {
  // The authors divide twice by the number of levels, so a map is in [0, 2/3]; only ranks matter, and they are the same.
  return sumLevels(levels, outH, outW).map((x) => x / levels.length ** 2);
}

/**
 * Anomaly map (reference: RD4AD's multi-scale average): per level 1 − cosine, resized to height × width, averaged, smoothed by
 * a Gaussian of `sigma` pixels. In float64, so that every backend gives the same map for the same levels. The score is its maximum.
 */
export function fuse(
  levels: readonly LevelMap[],
  size: readonly [height: number, width: number],
  map: MapConfig,
  mask?: Uint8Array,
): { map: Float32Array; score: number } {
  return smoothed(fuseLevels(levels, size[0], size[1]), size, map, mask);
}

/**
 * `fuse` for several pictures.
 * @returns for each picture the map, row-major, and its score, the map's maximum
 */
export function anomalyMap(
  levels: readonly (readonly LevelMap[])[],
  outH: number,
  outW: number,
  sigma: number,
): { maps: Float32Array[]; scores: number[] } {
  const found = levels.map((picture) => fuse(picture, [outH, outW], { sigma }));
  return { maps: found.map(({ map }) => map), scores: found.map(({ score }) => score) };
}
