// Statistics of each channel of a (rows, c) matrix, and the normalised value.
import { madd } from '../maths/fused';
import { floats, vectorBytes, zero } from '../maths/lanes';

/** (x − mean)·scale */
// @ts-ignore: decorator
@inline
export function normal(x: usize, mean: usize, scale: usize): v128 {
  return f32x4.mul(f32x4.sub(v128.load(x), v128.load(mean)), v128.load(scale));
}

// @ts-ignore: decorator
@inline
export function normalOne(x: usize, mean: usize, scale: usize): v128 {
  return f32x4.mul(f32x4.sub(v128.load32_zero(x), v128.load32_zero(mean)), v128.load32_zero(scale));
}

/**
 * Adds four floats to a running sum with Kahan's compensation: gradients that cancel, such as those of a bias before a
 * normalisation, have the error of one rounding, not of thousands.
 */
// @ts-ignore: decorator
@inline
export function addCompensated(sum: usize, compensation: usize, x: v128): void {
  const before = v128.load(sum);
  const y = f32x4.sub(x, v128.load(compensation));
  const after = f32x4.add(before, y);
  v128.store(compensation, f32x4.sub(f32x4.sub(after, before), y));
  v128.store(sum, after);
}

/** As addCompensated, for one float. */
// @ts-ignore: decorator
@inline
export function addCompensatedOne(sum: usize, compensation: usize, x: f32): void {
  const before = load<f32>(sum);
  const y = x - load<f32>(compensation);
  const after = before + y;
  store<f32>(compensation, after - before - y);
  store<f32>(sum, after);
}

/** The mean and biased variance of each channel; the variance from the deviations, which is precise for a large mean. */
export function meanAndVariance(x: usize, means: usize, variances: usize, rows: i32, c: i32): void {
  const row = floats(c);
  const body = vectorBytes(c);
  zero(means, c);
  zero(variances, c);
  for (let r = 0; r < rows; r++) {
    const at = x + <usize>r * row;
    let i: usize = 0;
    // the variances' memory holds the compensation until they are computed
    for (; i < body; i += 16) addCompensated(means + i, variances + i, v128.load(at + i));
    for (; i < row; i += 4) addCompensatedOne(means + i, variances + i, load<f32>(at + i));
  }
  zero(variances, c);
  for (let i: usize = 0; i < row; i += 4) store<f32>(means + i, load<f32>(means + i) / <f32>rows);
  for (let r = 0; r < rows; r++) {
    const at = x + <usize>r * row;
    let i: usize = 0;
    for (; i < body; i += 16) {
      const deviation = f32x4.sub(v128.load(at + i), v128.load(means + i));
      v128.store(variances + i, madd(deviation, deviation, v128.load(variances + i)));
    }
    for (; i < row; i += 4) {
      const deviation = load<f32>(at + i) - load<f32>(means + i);
      store<f32>(variances + i, load<f32>(variances + i) + deviation * deviation);
    }
  }
  for (let i: usize = 0; i < row; i += 4) store<f32>(variances + i, load<f32>(variances + i) / <f32>rows);
}

/** scale = 1 / √(variance + ε); both may be the same array. */
export function toScales(variances: usize, scales: usize, c: i32, epsilon: f32): void {
  for (let i: usize = 0; i < floats(c); i += 4)
    store<f32>(scales + i, <f32>1 / sqrt<f32>(load<f32>(variances + i) + epsilon));
}

/** The sum of each channel, compensated; `compensation` is scratch for c floats. */
export function columnSums(x: usize, sums: usize, compensation: usize, rows: i32, c: i32): void {
  const row = floats(c);
  const body = vectorBytes(c);
  zero(sums, c);
  zero(compensation, c);
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i < body; i += 16) addCompensated(sums + i, compensation + i, v128.load(x + i));
    for (; i < row; i += 4) addCompensatedOne(sums + i, compensation + i, load<f32>(x + i));
    x += row;
  }
}
