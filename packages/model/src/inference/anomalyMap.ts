// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.

/** One level of a picture: 1 − cosine similarity, row-major. */
export interface LevelMap {
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

/** For each picture its levels, fine to coarse. */
export type LevelMaps = LevelMap[][];

/** Truncation of the Gaussian in standard deviations, scipy's default. */
const TRUNCATE = 4;

/** A map resized bilinearly with aligned corners. */
export function resizeAlignCorners(
  { height, width, data }: LevelMap,
  outH: number,
  outW: number,
): Float64Array {
  const out = new Float64Array(outH * outW);
  const scaleY = outH > 1 ? (height - 1) / (outH - 1) : 0;
  const scaleX = outW > 1 ? (width - 1) / (outW - 1) : 0;
  for (let y = 0; y < outH; y++) {
    const sy = y * scaleY;
    const y0 = Math.floor(sy);
    const y1 = Math.min(y0 + 1, height - 1);
    const fy = sy - y0;
    for (let x = 0; x < outW; x++) {
      const sx = x * scaleX;
      const x0 = Math.floor(sx);
      const x1 = Math.min(x0 + 1, width - 1);
      const fx = sx - x0;
      const top = data[y0 * width + x0]! * (1 - fx) + data[y0 * width + x1]! * fx;
      const bottom = data[y1 * width + x0]! * (1 - fx) + data[y1 * width + x1]! * fx;
      out[y * outW + x] = top * (1 - fy) + bottom * fy;
    }
  }
  return out;
}

/** scipy.ndimage.gaussian_filter with its defaults: truncated at 4σ, borders mirrored with the edge pixel repeated. */
export function gaussianFilter(
  map: Float64Array,
  height: number,
  width: number,
  sigma: number,
): Float64Array {
  const radius = Math.floor(TRUNCATE * sigma + 0.5);
  const taps = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - radius) / sigma) ** 2),
  );
  const total = taps.reduce((s, x) => s + x, 0);
  const kernel = taps.map((x) => x / total);
  const alongRows = filterLines(map, kernel, radius, height, width, width, 1);
  return filterLines(alongRows, kernel, radius, width, height, 1, width);
}

/** Filters each of `lines` sequences of `length` values with stride `step`, the sequences with stride `lineStep`. */
function filterLines(
  map: Float64Array,
  kernel: Float64Array,
  radius: number,
  length: number,
  lines: number,
  step: number,
  lineStep: number,
): Float64Array {
  const out = new Float64Array(map.length);
  const padded = new Float64Array(length + 2 * radius);
  for (let line = 0; line < lines; line++) {
    const start = line * lineStep;
    for (let i = 0; i < padded.length; i++) padded[i] = map[start + mirrored(i - radius, length) * step]!;
    for (let i = 0; i < length; i++) {
      let sum = 0;
      for (let j = 0; j < kernel.length; j++) sum += kernel[j]! * padded[i + j]!;
      out[start + i * step] = sum;
    }
  }
  return out;
}

/** The source index of position i when a sequence is extended as d c b a | a b c d | d c b a, as often as needed. */
function mirrored(i: number, length: number): number {
  const period = 2 * length;
  const at = ((i % period) + period) % period;
  return at < length ? at : period - 1 - at;
}

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
 * Anomaly maps (reference: RD4AD's multi-scale average): per level 1 − cosine, resized to outH × outW, averaged, smoothed by
 * a Gaussian of `sigma` pixels. In float64 on the host, so that every backend gives the same map for the same levels.
 *
 * @returns for each picture the map, row-major, and its score, the map's maximum
 */
export function anomalyMap(
  levels: LevelMaps,
  outH: number,
  outW: number,
  sigma: number,
): { maps: Float32Array[]; scores: number[] } {
  const smoothed = levels.map((picture) =>
    gaussianFilter(fuseLevels(picture, outH, outW), outH, outW, sigma),
  );
  return {
    maps: smoothed.map((map) => Float32Array.from(map)),
    scores: smoothed.map((map) => map.reduce((m, x) => Math.max(m, x), -Infinity)),
  };
}
