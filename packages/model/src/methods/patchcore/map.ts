// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.
import { gaussianFilter } from '../../inference/gaussian.js';
import type { LevelMap } from '../../inference/levels.js';

/** A map resized bilinearly with half-pixel centres, PyTorch's align_corners=False. */
export function resizeHalfPixel({ height, width, data }: LevelMap, outH: number, outW: number): Float64Array {
  const rows = sources(height, outH);
  const columns = sources(width, outW);
  const out = new Float64Array(outH * outW);
  for (const [y, { low: y0, high: y1, share: fy }] of rows.entries())
    for (const [x, { low: x0, high: x1, share: fx }] of columns.entries()) {
      const top = data[y0 * width + x0]! * (1 - fx) + data[y0 * width + x1]! * fx;
      const bottom = data[y1 * width + x0]! * (1 - fx) + data[y1 * width + x1]! * fx;
      out[y * outW + x] = top * (1 - fy) + bottom * fy;
    }
  return out;
}

/** For each position along an axis the two source positions and the share of the higher one. */
function sources(length: number, out: number): { low: number; high: number; share: number }[] {
  return Array.from({ length: out }, (_, i) => {
    const at = Math.max(((i + 0.5) * length) / out - 0.5, 0);
    const low = Math.min(Math.floor(at), length - 1);
    return { low, high: Math.min(low + 1, length - 1), share: at - low };
  });
}

/** The anomaly map of patch scores: resized to outH × outW, smoothed by a Gaussian of `sigma` pixels; row-major. */
export function patchMap(scores: LevelMap, outH: number, outW: number, sigma: number): Float32Array {
  return Float32Array.from(gaussianFilter(resizeHalfPixel(scores, outH, outW), outH, outW, sigma));
}
