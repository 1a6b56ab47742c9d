// Elementary functions on four floats at once. No tables: the module has no memory of its own.
// Polynomials are minimax fits of the relative error; NaN stays NaN.

// 1.5·2^23: adding it rounds a small float to an integer in the low mantissa bits.
import { madd, nmadd } from './fused';
const ROUNDER: f32 = 12582912.0;
const LOG2_E: f32 = 1.4426950408889634;
// ln 2 = LN2_HIGH + LN2_LOW, the first part with few bits, so that n·LN2_HIGH is exact (Cody and Waite)
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.12194440054690583e-4;

// @ts-ignore: decorator
@inline
function clamp(x: v128, low: f32, high: f32): v128 {
  return f32x4.pmax(f32x4.pmin(x, f32x4.splat(high)), f32x4.splat(low));
}

/** 2^f for f in [−0.5, 0.5]; the constant term is 1, so that 2^0 is 1. */
// @ts-ignore: decorator
@inline
function exp2Fraction(f: v128): v128 {
  let p = f32x4.splat(0.0013276472631950876);
  p = madd(p, f, f32x4.splat(0.0096755413431213274));
  p = madd(p, f, f32x4.splat(0.055507132718556442));
  p = madd(p, f, f32x4.splat(0.2402211972371072));
  p = madd(p, f, f32x4.splat(0.69314696706503521));
  return madd(p, f, f32x4.splat(1));
}

/** 2^x for x clamped to [−126, 126]; relative error below 3e-7. */
// @ts-ignore: decorator
@inline
export function exp2(x: v128): v128 {
  const bounded = clamp(x, -126, 126);
  const shifted = f32x4.add(bounded, f32x4.splat(ROUNDER));
  const f = f32x4.sub(bounded, f32x4.sub(shifted, f32x4.splat(ROUNDER)));
  return i32x4.add(exp2Fraction(f), i32x4.shl(shifted, 23));
}

/** e^x for x clamped to [−87, 87]; relative error below 3e-7. */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  const bounded = clamp(x, -87, 87);
  const shifted = madd(bounded, f32x4.splat(LOG2_E), f32x4.splat(ROUNDER));
  const n = f32x4.sub(shifted, f32x4.splat(ROUNDER));
  let r = nmadd(n, f32x4.splat(LN2_HIGH), bounded);
  r = nmadd(n, f32x4.splat(LN2_LOW), r);
  return i32x4.add(exp2Fraction(f32x4.mul(r, f32x4.splat(LOG2_E))), i32x4.shl(shifted, 23));
}

/** 1 / (1 + e^−x). */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp(f32x4.neg(x))));
}
