// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.
import { gaussianFilter } from '../../inference/gaussian.js';
import type { LevelMap } from '../../inference/levels.js';
import { resizeHalfPixel } from '../../inference/resize.js';

/** The anomaly map of patch scores: resized to outH × outW, smoothed by a Gaussian of `sigma` pixels; row-major. */
export function patchMap(scores: LevelMap, outH: number, outW: number, sigma: number): Float32Array {
  return Float32Array.from(gaussianFilter(resizeHalfPixel(scores, outH, outW), outH, outW, sigma));
}
