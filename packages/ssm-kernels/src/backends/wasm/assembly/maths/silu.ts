// silu(x) = x·sigmoid(x), its derivative.
import { madd } from './fused';
import { sigmoid } from './math';

// @ts-ignore: decorator
@inline
export function siluOf(x: v128): v128 {
  return f32x4.mul(x, sigmoid(x));
}

/** d silu / dx */
// @ts-ignore: decorator
@inline
export function siluSlope(x: v128): v128 {
  const s = sigmoid(x);
  return slopeFrom(f32x4.mul(x, s), s);
}

/** The derivative s + silu·(1 − s), given both. */
// @ts-ignore: decorator
@inline
export function slopeFrom(silu: v128, s: v128): v128 {
  return madd(silu, f32x4.sub(f32x4.splat(1), s), s);
}
