// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.
import type { LevelMap } from '../../inference/levels.js';
import { exp } from '../../inference/maths.js';

/** A convolution with a Gaussian of `size`×`size` taps that sum to 1, the map continued by zeros, which darkens its border (Dinomaly's). */
export function gaussianWindow({ height, width, data }: LevelMap, size: number, sigma: number): Float64Array {
  const radius = (size - 1) / 2;
  const taps = Float64Array.from({ length: size }, (_, i) => exp(-((i - radius) ** 2) / (2 * sigma ** 2)));
  const total = taps.reduce((sum, x) => sum + x, 0);
  const along = (map: ArrayLike<number>, lines: number, length: number, step: number, lineStep: number) => {
    const out = new Float64Array(map.length);
    for (let line = 0; line < lines; line++)
      for (let i = 0; i < length; i++) {
        let sum = 0;
        for (let j = 0; j < size; j++) {
          const at = i + j - radius;
          if (at >= 0 && at < length) sum += (taps[j]! / total) * map[line * lineStep + at * step]!;
        }
        out[line * lineStep + i * step] = sum;
      }
    return out;
  };
  return along(along(data, height, width, 1, width), width, height, width, 1);
}

/** The mean of the largest values of a map: of a share of its pixels, at least one. */
export function topMean(map: ArrayLike<number>, share: number): number {
  const count = Math.max(1, Math.floor(map.length * share));
  const largest = Float64Array.from(map).sort().slice(-count);
  return largest.reduce((sum, x) => sum + x, 0) / count;
}
