// 2^x for hot loops. V8 rebuilds a vector constant at each use, with several instructions; a value loaded from memory before
// the loop stays in a register or on the stack. So the constants are written to scratch once, loaded into locals, and
// passed in.

import { madd } from './fused';
/** Bytes that storeConstants writes. */
export const CONSTANT_BYTES: i32 = 28;

/** Writes the constants of exp2With: least argument, rounder, polynomial of degree 4 of 2^(f/2), constant term 1 last. */
export function storeConstants(p: usize): void {
  store<f32>(p, -126);
  store<f32>(p + 4, 12582912.0);
  store<f32>(p + 8, 0.0006006247895546414);
  store<f32>(p + 12, 0.006950828891263659);
  store<f32>(p + 16, 0.06005684517575408);
  store<f32>(p + 20, 0.346572820181422);
  store<f32>(p + 24, 1);
}

/**
 * As exp2 of math.ts, for x below 127; relative error below 4e-7. The polynomial approximates the square root of 2^f: squaring is
 * cheaper than the coefficient it saves.
 */
// @ts-ignore: decorator
@inline
export function exp2With(
  x: v128, least: v128, rounder: v128, c4: v128, c3: v128, c2: v128, c1: v128, one: v128,
): v128 {
  x = f32x4.pmax(least, x);
  const shifted = f32x4.add(x, rounder);
  const f = f32x4.sub(x, f32x4.sub(shifted, rounder));
  let p = madd(c4, f, c3);
  p = madd(p, f, c2);
  p = madd(p, f, c1);
  p = madd(p, f, one);
  return i32x4.add(f32x4.mul(p, p), i32x4.shl(shifted, 23));
}

/**
 * 2^(a·b) for |a·b| below 126, as exp2With without its bound: with fused multiply-adds the product costs nothing, and what is left of it
 * after rounding is exact.
 */
// @ts-ignore: decorator
@inline
export function exp2Product(
  a: v128, b: v128, rounder: v128, c4: v128, c3: v128, c2: v128, c1: v128, one: v128,
): v128 {
  const shifted = madd(a, b, rounder);
  const f = madd(a, b, f32x4.sub(rounder, shifted));
  let p = madd(c4, f, c3);
  p = madd(p, f, c2);
  p = madd(p, f, c1);
  p = madd(p, f, one);
  return i32x4.add(f32x4.mul(p, p), i32x4.shl(shifted, 23));
}

/** exp2With with the constants that storeConstants wrote to `p`, for use outside of hot loops. */
// @ts-ignore: decorator
@inline
export function exp2At(x: v128, p: usize): v128 {
  return exp2With(
    x,
    v128.load32_splat(p),
    v128.load32_splat(p, 4),
    v128.load32_splat(p, 8),
    v128.load32_splat(p, 12),
    v128.load32_splat(p, 16),
    v128.load32_splat(p, 20),
    v128.load32_splat(p, 24),
  );
}

/** exp2Product in the same way. */
// @ts-ignore: decorator
@inline
export function exp2ProductAt(a: v128, b: v128, p: usize): v128 {
  return exp2Product(
    a,
    b,
    v128.load32_splat(p, 4),
    v128.load32_splat(p, 8),
    v128.load32_splat(p, 12),
    v128.load32_splat(p, 16),
    v128.load32_splat(p, 20),
    v128.load32_splat(p, 24),
  );
}
