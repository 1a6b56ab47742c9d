// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.
import type { LevelMap } from '../../inference/levels.js';
import { judgedPart } from '../../inference/mask.js';
import { resizeHalfPixel } from '../../inference/resize.js';
import { smoothed } from '../reconstruction/fuse.js';
import type { DestsegConfig } from './config.js';

/** The mean of the `count` largest values. */
export function meanOfTop(values: ArrayLike<number>, count: number): number {
  const largest = Float64Array.from(values).sort().slice(-count);
  return largest.reduce((sum, value) => sum + value, 0) / largest.length;
}

/**
 * A picture's map: the segmentation resized to the picture, smoothed where `sigma` is not too small for any (published: not). The score is the
 * mean of its `top` largest pixels, of those that are judged.
 */
export function fuseSegmentation(
  [segmentation]: readonly LevelMap[],
  size: readonly [height: number, width: number],
  map: DestsegConfig['map'],
  mask?: Uint8Array,
): { map: Float32Array; score: number } {
  const { map: whole } = smoothed(resizeHalfPixel(segmentation!, ...size), size, map);
  if (!mask) return { map: whole, score: meanOfTop(whole, map.top) };
  const judged = judgedPart(whole, mask);
  return {
    map: judged.map,
    score: meanOfTop(
      whole.filter((_, i) => mask[i] !== 0),
      map.top,
    ),
  };
}
