import type { RgbImage } from '../types.js';

/** Where the product is in a picture. */
export interface ProductPart {
  /** (height, width) row-major: 1 on the product. */
  readonly on: Uint8Array;
  /** Indices of the pixels on the product, ascending. */
  readonly pixels: Int32Array;
  /** The background's colours at the picture's border, red, green, blue in turn; null where no background can be told. */
  readonly background: Uint8Array | null;
  /**
   * What contrasts are multiples of, grey levels: twice the product's own variation (of the standard deviations of its brightness in small neighbourhoods,
   * within 1/32 of the shorter side, the median), but at most 15 % of its mean brightness, and at least 3.
   */
  readonly variation: number;
}

/** Grey levels by which a pixel's neighbourhood differs from the border's colour, at least, to be the product. */
const LEAST_DIFFERENCE = 8;
/** A border that varies more, in grey levels, is no background. */
const MOST_SPREAD = 40;
/** Neighbourhoods of which the variation is the median, and its least value: cameras have noise. */
const NEIGHBOURHOODS = 300;
const LEAST_VARIATION = 3;
const SHARE_OF_LIGHT = 0.15;
/** A smaller product, as a share of the picture, is not trusted. */
const LEAST_SHARE = 0.03;

const brightness = (data: RgbImage['data'], pixel: number): number =>
  (data[3 * pixel]! + data[3 * pixel + 1]! + data[3 * pixel + 2]!) / 3;

/**
 * Tells the product from an empty background by the border of the picture: if its colours are alike (nine in ten within 40 grey levels of their
 * median), the product is where the neighbourhood of a pixel (1/32 of the shorter side) differs from that median by more than twice what
 * the border does, in colour or by its texture. Else, and where hardly anything differs, the whole picture is the product.
 */
export function productPart(image: RgbImage): ProductPart {
  const { width, height, data } = image;
  const shorter = Math.min(width, height);
  const frame = framePixels(width, height, Math.max(1, Math.round(shorter / 32)));
  const middle = [0, 1, 2].map((c) => median(frame.map((pixel) => data[3 * pixel + c]!)));
  const [red, green, blue] = middle as [number, number, number];
  const difference = new Float64Array(width * height);
  for (let pixel = 0, i = 0; pixel < difference.length; pixel++, i += 3)
    difference[pixel] = Math.max(
      Math.abs(data[i]! - red),
      Math.abs(data[i + 1]! - green),
      Math.abs(data[i + 2]! - blue),
    );
  const spread = upper(frame.map((pixel) => difference[pixel]!));
  const least = Math.max(LEAST_DIFFERENCE, 2 * spread);
  const around = boxMean(difference, width, height, Math.max(1, Math.round(shorter / 64)));
  const on = new Uint8Array(width * height);
  let count = 0;
  for (let pixel = 0; pixel < on.length; pixel++) if (around[pixel]! > least) count += on[pixel] = 1;
  const told = spread <= MOST_SPREAD && count / on.length >= LEAST_SHARE;
  if (!told) on.fill(1);
  const pixels = indicesOf(on);
  const background = new Uint8Array(3 * frame.length);
  for (let i = 0; i < frame.length; i++)
    for (let c = 0; c < 3; c++) background[3 * i + c] = data[3 * frame[i]! + c]!;
  return { on, pixels, background: told ? background : null, variation: variationOf(image, on, pixels) };
}

/**
 * One number for the picture, not one for each place: a real defect is no stronger where the surface is busy, and is harder to see there. What it
 * changes is the light that the surface returns, by a share of it: on a dark product by few grey levels, whatever its texture.
 */
function variationOf({ width, height, data }: RgbImage, on: Uint8Array, pixels: Int32Array): number {
  const reach = Math.max(2, Math.round(Math.min(width, height) / 32));
  const stride = Math.max(1, Math.floor(pixels.length / NEIGHBOURHOODS));
  const found: number[] = [];
  for (let i = 0; i < pixels.length; i += stride) {
    const [x, y] = [pixels[i]! % width, Math.floor(pixels[i]! / width)];
    const near: number[] = [];
    for (let v = Math.max(0, y - reach); v <= Math.min(height - 1, y + reach); v++)
      for (let u = Math.max(0, x - reach); u <= Math.min(width - 1, x + reach); u++)
        if (on[v * width + u] === 1) near.push(v * width + u);
    found.push(deviationOf(data, near));
  }
  found.sort((a, b) => a - b);
  let light = 0;
  for (let i = 0; i < pixels.length; i++) light += brightness(data, pixels[i]!);
  const bright = light / pixels.length;
  return Math.max(LEAST_VARIATION, Math.min(2 * found[found.length >> 1]!, SHARE_OF_LIGHT * bright));
}

function deviationOf(data: RgbImage['data'], pixels: ArrayLike<number>): number {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < pixels.length; i++) {
    const value = brightness(data, pixels[i]!);
    sum += value;
    squares += value * value;
  }
  const mean = sum / Math.max(1, pixels.length);
  return Math.sqrt(Math.max(0, squares / Math.max(1, pixels.length) - mean * mean));
}

/** Where `on` is 1. */
function indicesOf(on: Uint8Array): Int32Array {
  const found = new Int32Array(on.length);
  let count = 0;
  for (let i = 0; i < on.length; i++) if (on[i] === 1) found[count++] = i;
  return found.slice(0, count);
}

/** The pixels at most `thick` from the border. */
function framePixels(width: number, height: number, thick: number): Int32Array {
  const frame = new Uint8Array(width * height).fill(1);
  for (let y = thick; y < height - thick; y++)
    if (width > 2 * thick) frame.fill(0, y * width + thick, (y + 1) * width - thick);
  return indicesOf(frame);
}

const median = (values: Int32Array): number => values.sort()[values.length >> 1]!;

/** The value that nine in ten do not exceed. */
const upper = (values: Int32Array): number => values.sort()[Math.floor(0.9 * (values.length - 1))]!;

/** Mean over a square of side 2r + 1, cut at the border, through running sums. */
function boxMean(values: Float64Array, width: number, height: number, r: number): Float64Array {
  const rows = new Float64Array(values.length);
  for (let y = 0; y < height; y++) lineMean(values, rows, y * width, width, r);
  // all columns side by side, as they lie in memory
  const out = new Float64Array(values.length);
  const sums = new Float64Array(width);
  for (let y = 0; y < Math.min(r, height); y++)
    for (let x = 0; x < width; x++) sums[x]! += rows[y * width + x]!;
  for (let y = 0; y < height; y++) {
    const added = y + r < height ? (y + r) * width : -1;
    const left = y - r > 0 ? (y - r - 1) * width : -1;
    const count = Math.min(height - 1, y + r) - Math.max(0, y - r) + 1;
    for (let x = 0; x < width; x++) {
      let sum = sums[x]!;
      if (added >= 0) sum += rows[added + x]!;
      if (left >= 0) sum -= rows[left + x]!;
      sums[x] = sum;
      out[y * width + x] = sum / count;
    }
  }
  return out;
}

/** Running means of `count` values from `start` on. */
function lineMean(from: Float64Array, to: Float64Array, start: number, count: number, r: number): void {
  let sum = 0;
  for (let i = 0; i < Math.min(r, count); i++) sum += from[start + i]!;
  for (let i = 0; i < count; i++) {
    if (i + r < count) sum += from[start + i + r]!;
    if (i - r > 0) sum -= from[start + i - r - 1]!;
    to[start + i] = sum / (Math.min(count - 1, i + r) - Math.max(0, i - r) + 1);
  }
}
