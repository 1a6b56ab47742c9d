// 2^x for hot loops. V8 builds a vector constant anew wherever it is used, several instructions each time; a value that was
// loaded from memory before the loop stays in a register or on the stack. So the constants are written to scratch once,
// loaded into locals, and handed in.

/** Bytes that storeConstants writes. */
export const CONSTANT_BYTES: i32 = 32;

/** Writes the constants of exp2With: least argument, rounder, polynomial of degree 5 without its constant term 1. */
export function storeConstants(p: usize): void {
  store<f32>(p, -126);
  store<f32>(p + 4, 12582912.0);
  store<f32>(p + 8, 0.0013276472631950876);
  store<f32>(p + 12, 0.0096755413431213274);
  store<f32>(p + 16, 0.055507132718556442);
  store<f32>(p + 20, 0.2402211972371072);
  store<f32>(p + 24, 0.69314696706503521);
  store<f32>(p + 28, 1);
}

/** As exp2 of math.ts, for x below 127. */
// @ts-ignore: decorator
@inline
export function exp2With(
  x: v128, least: v128, rounder: v128, c5: v128, c4: v128, c3: v128, c2: v128, c1: v128, one: v128,
): v128 {
  x = f32x4.pmax(least, x);
  const shifted = f32x4.add(x, rounder);
  const f = f32x4.sub(x, f32x4.sub(shifted, rounder));
  let p = f32x4.add(f32x4.mul(c5, f), c4);
  p = f32x4.add(f32x4.mul(p, f), c3);
  p = f32x4.add(f32x4.mul(p, f), c2);
  p = f32x4.add(f32x4.mul(p, f), c1);
  p = f32x4.add(f32x4.mul(p, f), one);
  return i32x4.add(p, i32x4.shl(shifted, 23));
}
