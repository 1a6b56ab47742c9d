// silu of a depthwise convolution with a bias, stride 1, padding k / 2, k odd. Pictures (b, h, w, c), filter (k, k, c).
// Row by row, so that a row of the map stays in the CPU cache between convolution, activation and sums.
import { addRowSums, addTapProducts, convolveRow, padRows } from './depthwiseRows';
import { floats, zero } from '../maths/lanes';
import { SIGMOID_CONSTANTS, siluGrads, silus, storeSigmoidConstants } from '../maths/sigmoid';

/**
 * The rows `first` to `first` + `rows` of each picture, to y, which has only these. `scratch` holds
 * SIGMOID_CONSTANTS + h·(w + k − 1)·c floats.
 */
export function depthwiseConvSilu(
  x: usize,
  filter: usize,
  bias: usize,
  y: usize,
  scratch: usize,
  batch: i32,
  height: i32,
  width: i32,
  c: i32,
  k: i32,
  first: i32,
  rows: i32,
): void {
  const row = floats(width * c);
  const padded = scratch + floats(SIGMOID_CONSTANTS);
  storeSigmoidConstants(scratch);
  zero(padded, height * (width + k - 1) * c);
  for (let b = 0; b < batch; b++) {
    padRows(x, padded, height, width, c, k);
    for (let oy = first; oy < first + rows; oy++) {
      convolveRow(padded, filter, floats(c), bias, y, oy, height, width, c, k);
      silus(y, y, width * c, scratch);
      y += row;
    }
    x += row * height;
  }
}

/**
 * With a the convolution and the bias, da = dy·silu′(a): dBias = Σ da, dFilter[ky, kx] = Σ da·x, each over the pixels
 * under the tap, and dx is da convolved with the flipped filter.
 * `scratch` holds SIGMOID_CONSTANTS + 2·c + 2·h·(w + k − 1)·c floats.
 */
export function depthwiseConvSiluGrad(
  x: usize,
  filter: usize,
  bias: usize,
  dy: usize,
  dx: usize,
  dFilter: usize,
  dBias: usize,
  scratch: usize,
  batch: i32,
  height: i32,
  width: i32,
  c: i32,
  k: i32,
): void {
  const row = floats(width * c);
  const paddedRow = floats((width + k - 1) * c);
  const lastTap = filter + floats((k * k - 1) * c);
  const noBias = scratch + floats(SIGMOID_CONSTANTS);
  const compensation = noBias + floats(c);
  const padded = compensation + floats(c);
  const da = padded + paddedRow * height;
  storeSigmoidConstants(scratch);
  zero(noBias, 2 * c + 2 * height * (width + k - 1) * c);
  zero(dFilter, k * k * c);
  zero(dBias, c);
  for (let b = 0; b < batch; b++) {
    padRows(x, padded, height, width, c, k);
    for (let oy = 0; oy < height; oy++) {
      const at = da + <usize>oy * paddedRow + floats((k >> 1) * c);
      convolveRow(padded, filter, floats(c), bias, at, oy, height, width, c, k);
      siluGrads(at, dy, at, width * c, scratch);
      addRowSums(at, dBias, compensation, width, c);
      addTapProducts(padded, at, dFilter, oy, height, width, c, k);
      dy += row;
    }
    for (let y = 0; y < height; y++) {
      convolveRow(da, lastTap, -floats(c), noBias, dx, y, height, width, c, k);
      dx += row;
    }
    x += row * height;
  }
}
