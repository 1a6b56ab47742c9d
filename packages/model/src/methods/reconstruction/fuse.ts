// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.
import { gaussianFilter } from '../../inference/gaussian.js';
import type { LevelMap } from '../../inference/levels.js';
import { judgedPart } from '../../inference/mask.js';
import { resizeAlignCorners } from '../../inference/resize.js';
import type { MapConfig } from '../types.js';

/** The levels resized to one size with aligned corners and added. In float64, so that every backend gives the same for the same levels. */
export function sumLevels(levels: readonly LevelMap[], outH: number, outW: number): Float64Array {
  const sum = new Float64Array(outH * outW);
  for (const level of levels) {
    const resized = resizeAlignCorners(level, outH, outW);
    for (let i = 0; i < sum.length; i++) sum[i]! += resized[i]!;
  }
  return sum;
}

/** A map of fused levels, smoothed by a Gaussian of `sigma` pixels, and the score: its maximum. Pixels where the mask is 0 are not judged. */
export function smoothed(
  fused: Float64Array,
  [height, width]: readonly [height: number, width: number],
  { sigma }: MapConfig,
  mask?: Uint8Array,
): { map: Float32Array; score: number } {
  const smooth = gaussianFilter(fused, height, width, sigma);
  const map = Float32Array.from(smooth);
  if (mask) return judgedPart(map, mask);
  return { map, score: smooth.reduce((m, x) => Math.max(m, x), -Infinity) };
}
