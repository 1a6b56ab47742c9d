// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.

/** Truncation of the Gaussian in standard deviations, scipy's default. */
const TRUNCATE = 4;

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
