// One step of Adam or AdamW over `count` numbers: see ../../adamStepAll.ts. `shrink` is 1 − lr·λ (AdamW), `l2` is λ (Adam),
// `rate` is lr / (1 − β₁ᵗ), `correction` is √(1 − β₂ᵗ); `rest1` and `rest2` are 1 − β₁ and 1 − β₂, passed because float32
// subtraction would lose their precision.

import { madd } from './maths/fused';
export function adamStep(
  count: i32,
  param: usize,
  m: usize,
  v: usize,
  grad: usize,
  paramOut: usize,
  mOut: usize,
  vOut: usize,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  epsilon: f32,
  rate: f32,
  correction: f32,
  shrink: f32,
  l2: f32,
  gradScale: f32,
): void {
  let at: usize = 0;
  const vectorEnd = ((<usize>count) >> 2) << 4;
  for (; at < vectorEnd; at += 16) {
    const p = v128.load(param + at);
    const g = madd(p, f32x4.splat(l2), f32x4.mul(v128.load(grad + at), f32x4.splat(gradScale)));
    const m1 = madd(g, f32x4.splat(rest1), f32x4.mul(v128.load(m + at), f32x4.splat(beta1)));
    const v1 = madd(f32x4.mul(g, g), f32x4.splat(rest2), f32x4.mul(v128.load(v + at), f32x4.splat(beta2)));
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(v1), f32x4.splat(correction)), f32x4.splat(epsilon));
    const step = f32x4.div(f32x4.mul(m1, f32x4.splat(rate)), denominator);
    v128.store(mOut + at, m1);
    v128.store(vOut + at, v1);
    v128.store(paramOut + at, f32x4.sub(f32x4.mul(p, f32x4.splat(shrink)), step));
  }
  const end = (<usize>count) << 2;
  for (; at < end; at += 4) {
    const p = load<f32>(param + at);
    const g = load<f32>(grad + at) * gradScale + p * l2;
    const m1 = load<f32>(m + at) * beta1 + g * rest1;
    const v1 = load<f32>(v + at) * beta2 + g * g * rest2;
    store<f32>(mOut + at, m1);
    store<f32>(vOut + at, v1);
    store<f32>(paramOut + at, p * shrink - (m1 * rate) / (sqrt<f32>(v1) / correction + epsilon));
  }
}

/** Σ x², in float64: many squares of very different magnitude. */
export function sumOfSquares(x: usize, count: i32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  let at: usize = 0;
  const vectorEnd = ((<usize>count) >> 2) << 4;
  for (; at < vectorEnd; at += 16) {
    const v = v128.load(x + at);
    const first = f64x2.promote_low_f32x4(v);
    const second = f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 1));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  const sums = f64x2.add(low, high);
  let sum = f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1);
  const end = (<usize>count) << 2;
  for (; at < end; at += 4) {
    const v = <f64>load<f32>(x + at);
    sum += v * v;
  }
  return sum;
}
