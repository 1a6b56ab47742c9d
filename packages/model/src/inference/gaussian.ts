// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.
import { exp } from './maths.js';

/** Truncation of the Gaussian in standard deviations, scipy's default. */
const TRUNCATE = 4;

const SIDE_BY_SIDE = 4;

/** scipy.ndimage.gaussian_filter with its defaults: truncated at 4σ, borders mirrored with the edge pixel repeated. */
export function gaussianFilter(
  map: Float64Array,
  height: number,
  width: number,
  sigma: number,
): Float64Array {
  const radius = Math.floor(TRUNCATE * sigma + 0.5);
  const taps = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    exp(-0.5 * ((i - radius) / sigma) ** 2),
  );
  const total = taps.reduce((s, x) => s + x, 0);
  const kernel = taps.map((x) => x / total);
  return alongRows(alongColumns(map, kernel, height, width), kernel, height, width);
}

// Each sum is of the same products in the same order as if it were made alone. Sums are made side by side, since each addition waits for the one before.

function alongColumns(map: Float64Array, kernel: Float64Array, height: number, width: number): Float64Array {
  const radius = (kernel.length - 1) / 2;
  const out = new Float64Array(map.length);
  const inFours = kernel.length - (kernel.length % 4);
  for (let y = 0; y < height; y++) {
    const to = y * width;
    const row = (j: number): number => mirrored(y + j - radius, height) * width;
    for (let j = 0; j < inFours; j += 4) {
      const [a, b, c, d] = [row(j), row(j + 1), row(j + 2), row(j + 3)];
      const [p, q, r, s] = [kernel[j]!, kernel[j + 1]!, kernel[j + 2]!, kernel[j + 3]!];
      for (let x = 0; x < width; x++)
        out[to + x] = out[to + x]! + p * map[a + x]! + q * map[b + x]! + r * map[c + x]! + s * map[d + x]!;
    }
    for (let j = inFours; j < kernel.length; j++) {
      const [a, p] = [row(j), kernel[j]!];
      for (let x = 0; x < width; x++) out[to + x] = out[to + x]! + p * map[a + x]!;
    }
  }
  return out;
}

function alongRows(map: Float64Array, kernel: Float64Array, height: number, width: number): Float64Array {
  const radius = (kernel.length - 1) / 2;
  const out = new Float64Array(map.length);
  // the last sums of a row find values that are not kept
  const padded = new Float64Array(width + 2 * radius + SIDE_BY_SIDE);
  for (let y = 0; y < height; y++) {
    const start = y * width;
    for (let i = 0; i < width + 2 * radius; i++) padded[i] = map[start + mirrored(i - radius, width)]!;
    for (let x = 0; x < width; x += SIDE_BY_SIDE) {
      let a = 0;
      let b = 0;
      let c = 0;
      let d = 0;
      let p = padded[x]!;
      let q = padded[x + 1]!;
      let r = padded[x + 2]!;
      for (let j = 0; j < kernel.length; j++) {
        const weight = kernel[j]!;
        const next = padded[x + j + 3]!;
        a += weight * p;
        b += weight * q;
        c += weight * r;
        d += weight * next;
        p = q;
        q = r;
        r = next;
      }
      keep(out, start, x, width, a, b, c, d);
    }
  }
  return out;
}

/** Writes four sums into a row, but none behind its end. */
function keep(
  out: Float64Array,
  start: number,
  x: number,
  width: number,
  a: number,
  b: number,
  c: number,
  d: number,
): void {
  out[start + x] = a;
  if (x + 1 < width) out[start + x + 1] = b;
  if (x + 2 < width) out[start + x + 2] = c;
  if (x + 3 < width) out[start + x + 3] = d;
}

/** The source index of position i when a sequence is extended as d c b a | a b c d | d c b a, as often as needed. */
function mirrored(i: number, length: number): number {
  const period = 2 * length;
  const at = ((i % period) + period) % period;
  return at < length ? at : period - 1 - at;
}
