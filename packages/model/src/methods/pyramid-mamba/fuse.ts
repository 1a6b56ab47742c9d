// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.
import { gaussianFilter } from '../../inference/gaussian.js';
import type { LevelMap } from '../../inference/levels.js';
import { judgedPart } from '../../inference/mask.js';
import { resizeAlignCorners } from '../../inference/resize.js';
import type { MapConfig } from '../types.js';

/** The maximum possible score: a map is the sum of three levels of 1 − cosine similarity (0..2), divided by 9. */
export const LARGEST_SCORE = 2 / 3;

/** The levels resized to one size and averaged as in the authors' code (their sum over 3·3), before smoothing. */
export function fuseLevels(levels: readonly LevelMap[], outH: number, outW: number): Float64Array {
  const sum = new Float64Array(outH * outW);
  for (const level of levels) {
    const resized = resizeAlignCorners(level, outH, outW);
    for (let i = 0; i < sum.length; i++) sum[i]! += resized[i]!;
  }
  // The authors divide twice by the number of levels, so a map is in [0, 2/3]; only ranks matter, and they are the same.
  return sum.map((x) => x / levels.length ** 2);
}

/**
 * Anomaly map (reference: RD4AD's multi-scale average): per level 1 − cosine, resized to height × width, averaged, smoothed by
 * a Gaussian of `sigma` pixels. In float64, so that every backend gives the same map for the same levels. The score is its maximum.
 */
export function fuse(
  levels: readonly LevelMap[],
  [height, width]: readonly [height: number, width: number],
  { sigma }: MapConfig,
  mask?: Uint8Array,
): { map: Float32Array; score: number } {
  const smoothed = gaussianFilter(fuseLevels(levels, height, width), height, width, sigma);
  const map = Float32Array.from(smoothed);
  if (mask) return judgedPart(map, mask);
  return { map, score: smoothed.reduce((m, x) => Math.max(m, x), -Infinity) };
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
