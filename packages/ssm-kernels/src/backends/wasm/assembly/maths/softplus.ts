// softplus and its slope, four floats at once, for hot loops: their constants are loaded from scratch, as in exp2.ts. Both start
// from e^−|x|, so that computing both needs one exponential.

import { madd } from './fused';
import { exp2At, storeConstants } from './exp2';

/** Writes the constants of exp2At, then those of the functions below, 56 bytes in total. */
export function storeStepConstants(p: usize): void {
  storeConstants(p);
  store<f32>(p + 28, -1.4426950408889634);
  store<i32>(p + 32, 0x7fffffff);
  store<f32>(p + 36, 0.28178335086734545);
  store<f32>(p + 40, 0.27960602747171467);
  store<f32>(p + 44, 0.40024910279538121);
  store<f32>(p + 48, 0.66666314682128475);
  store<f32>(p + 52, 2);
}

/** e^−|x|; the relative error grows from 4e-7 with |x|, to 6e-8 |x|. */
// @ts-ignore: decorator
@inline
export function expOfMinusAbs(x: v128, constants: usize): v128 {
  const magnitude = v128.and(x, v128.load32_splat(constants, 32));
  return exp2At(f32x4.mul(magnitude, v128.load32_splat(constants, 28)), constants);
}

/** log(1 + e^x) = max(x, 0) + log1p(e), given e = e^−|x|, where log1p(e) = 2·atanh(e / (2 + e)). */
// @ts-ignore: decorator
@inline
export function softplusFrom(x: v128, e: v128, constants: usize): v128 {
  const two = v128.load32_splat(constants, 52);
  const s = f32x4.div(e, f32x4.add(e, two));
  const t = f32x4.mul(s, s);
  let p = madd(v128.load32_splat(constants, 36), t, v128.load32_splat(constants, 40));
  p = madd(p, t, v128.load32_splat(constants, 44));
  p = madd(p, t, v128.load32_splat(constants, 48));
  p = madd(p, t, two);
  return madd(s, p, f32x4.pmax(x, f32x4.splat(0)));
}

/** 1 / (1 + e^−x), the slope of softplus, given e = e^−|x|. */
// @ts-ignore: decorator
@inline
export function sigmoidFrom(x: v128, e: v128, constants: usize): v128 {
  const one = v128.load32_splat(constants, 24);
  const numerator = v128.bitselect(e, one, f32x4.lt(x, f32x4.splat(0)));
  return f32x4.div(numerator, f32x4.add(one, e));
}
