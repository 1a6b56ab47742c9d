// Pillow's antialiased bilinear resize for 8-bit pictures, equal to it byte for byte
// (the algorithm of src/libImaging/Resample.c in https://github.com/python-pillow/Pillow).
//
// A triangle filter, widened by the scale when shrinking; horizontal pass first, rounded to 8 bits, then the vertical one.
// Weights are integers with 22 fractional bits: a sum over 255 * 2^22 stays inside a signed 32-bit integer.
import type { GrayImage, RgbImage } from '../types.js';

/** Raised whenever the resize gives other values for the same picture: what was computed from the old ones is then computed anew. */
export const RESIZE_VERSION = 1;

const PRECISION_BITS = 22;
const HALF = 1 << (PRECISION_BITS - 1);

/** For each output position: the first input position, their number, and their weights (`taps` slots each). */
interface Filter {
  taps: number;
  first: Int32Array;
  count: Int32Array;
  weights: Int32Array;
}

function triangleFilter(inSize: number, outSize: number): Filter {
  const scale = inSize / outSize;
  const support = Math.max(scale, 1);
  const taps = Math.ceil(support) * 2 + 1;
  const filter: Filter = {
    taps,
    first: new Int32Array(outSize),
    count: new Int32Array(outSize),
    weights: new Int32Array(outSize * taps),
  };
  // Pillow multiplies by the reciprocal; dividing would differ in the last bit
  const inverse = 1 / support;
  const exact = new Float64Array(taps);
  for (let out = 0; out < outSize; out++) {
    const centre = (out + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const count = Math.min(inSize, Math.trunc(centre + support + 0.5)) - first;
    let total = 0;
    for (let i = 0; i < count; i++) {
      const weight = Math.max(0, 1 - Math.abs((i + first - centre + 0.5) * inverse));
      exact[i] = weight;
      total += weight;
    }
    for (let i = 0; i < count; i++) {
      filter.weights[out * taps + i] = Math.trunc(0.5 + (exact[i]! / total) * (1 << PRECISION_BITS));
    }
    filter.first[out] = first;
    filter.count[out] = count;
  }
  return filter;
}

/** (height, inWidth, channels) -> (height, outWidth, channels). No clipping: weights are >= 0 and add up to 2^22. */
function horizontal(
  data: Uint8Array | Uint8ClampedArray,
  height: number,
  inWidth: number,
  outWidth: number,
  channels: 1 | 3,
): Uint8Array {
  const { taps, first, count, weights } = triangleFilter(inWidth, outWidth);
  const out = new Uint8Array(height * outWidth * channels);
  let to = 0;
  for (let y = 0; y < height; y++) {
    const row = y * inWidth * channels;
    for (let x = 0; x < outWidth; x++) {
      let from = row + first[x]! * channels;
      const start = x * taps;
      const end = start + count[x]!;
      if (channels === 1) {
        let sum = HALF;
        for (let k = start; k < end; k++) sum += data[from++]! * weights[k]!;
        out[to++] = sum >> PRECISION_BITS;
      } else {
        let red = HALF;
        let green = HALF;
        let blue = HALF;
        for (let k = start; k < end; k++) {
          const weight = weights[k]!;
          red += data[from]! * weight;
          green += data[from + 1]! * weight;
          blue += data[from + 2]! * weight;
          from += 3;
        }
        out[to] = red >> PRECISION_BITS;
        out[to + 1] = green >> PRECISION_BITS;
        out[to + 2] = blue >> PRECISION_BITS;
        to += 3;
      }
    }
  }
  return out;
}

/** (inHeight, rowLength) -> (outHeight, rowLength), whole rows at a time so that memory is read in order. */
function vertical(
  data: Uint8Array | Uint8ClampedArray,
  rowLength: number,
  inHeight: number,
  outHeight: number,
): Uint8Array {
  const { taps, first, count, weights } = triangleFilter(inHeight, outHeight);
  const out = new Uint8Array(outHeight * rowLength);
  const sums = new Int32Array(rowLength);
  for (let y = 0; y < outHeight; y++) {
    sums.fill(HALF);
    for (let k = 0; k < count[y]!; k++) {
      const weight = weights[y * taps + k]!;
      const row = (first[y]! + k) * rowLength;
      for (let i = 0; i < rowLength; i++) sums[i] = sums[i]! + data[row + i]! * weight;
    }
    const to = y * rowLength;
    for (let i = 0; i < rowLength; i++) out[to + i] = sums[i]! >> PRECISION_BITS;
  }
  return out;
}

function resize(image: RgbImage | GrayImage, width: number, height: number, channels: 1 | 3): Uint8Array {
  for (const size of [image.width, image.height, width, height]) {
    if (!Number.isInteger(size) || size < 1) {
      throw new RangeError(
        `resize: sizes must be integers of at least 1, got ${image.width}x${image.height} to ${width}x${height}`,
      );
    }
  }
  if (image.data.length !== image.width * image.height * channels) {
    throw new RangeError(
      `resize: a ${image.width}x${image.height} picture of ${channels} channel(s) has ` +
        `${image.width * image.height * channels} values, got ${image.data.length}`,
    );
  }
  let data: Uint8Array | Uint8ClampedArray = image.data;
  if (width !== image.width) data = horizontal(data, image.height, image.width, width, channels);
  if (height !== image.height) data = vertical(data, width * channels, image.height, height);
  // always a copy, so that changes to the result do not affect the source
  return data === image.data ? Uint8Array.from(data) : (data as Uint8Array);
}

/**
 * Resizes an 8-bit RGB picture like Pillow's `Image.resize((width, height), BILINEAR)`, byte for byte. The caller decides the
 * proportions. The same size gives an equal copy. Throws RangeError if sizes and data do not match.
 */
export function resizeRgb(image: RgbImage, width: number, height: number): RgbImage {
  return { width, height, data: resize(image, width, height, 3) };
}

/** The same for one 8-bit channel (Pillow's mode `L`). */
export function resizeGray(image: GrayImage, width: number, height: number): GrayImage {
  return { width, height, data: resize(image, width, height, 1) };
}
