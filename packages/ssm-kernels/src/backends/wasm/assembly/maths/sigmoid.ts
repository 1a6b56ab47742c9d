// 1 / (1 + e^−x) for hot loops, as math.ts computes it but with its constants loaded from memory: V8 rebuilds a
// vector constant at each use, with several instructions; a load is one instruction.
import { madd } from './fused';
import { floats, loadOne, storeOne, vectorBytes } from './lanes';
import { slopeFrom } from './silu';

/** Floats that storeSigmoidConstants writes. */
export const SIGMOID_CONSTANTS: i32 = 10;

/** Writes −log2 e, the bounds of the exponent, the rounder and the polynomial of 2^f, see math.ts. */
export function storeSigmoidConstants(p: usize): void {
  store<f32>(p, -1.4426950408889634);
  store<f32>(p, 126, 4);
  store<f32>(p, -126, 8);
  store<f32>(p, 12582912.0, 12);
  store<f32>(p, 0.0013276472631950876, 16);
  store<f32>(p, 0.0096755413431213274, 20);
  store<f32>(p, 0.055507132718556442, 24);
  store<f32>(p, 0.2402211972371072, 28);
  store<f32>(p, 0.69314696706503521, 32);
  store<f32>(p, 1, 36);
}

/** Takes the constants of storeSigmoidConstants, each loaded into a local before the loop; NaN stays NaN. */
// prettier-ignore
// @ts-ignore: decorator
@inline
export function sigmoidWith(
  x: v128, scale: v128, most: v128, least: v128, rounder: v128, c5: v128, c4: v128, c3: v128, c2: v128, c1: v128, one: v128,
): v128 {
  const t = f32x4.pmax(f32x4.pmin(f32x4.mul(x, scale), most), least);
  const shifted = f32x4.add(t, rounder);
  const f = f32x4.sub(t, f32x4.sub(shifted, rounder));
  let p = madd(c5, f, c4);
  p = madd(p, f, c3);
  p = madd(p, f, c2);
  p = madd(p, f, c1);
  p = madd(p, f, one);
  return f32x4.div(one, f32x4.add(one, i32x4.add(p, i32x4.shl(shifted, 23))));
}

/** y = sigmoid(x), `count` floats. */
export function sigmoids(x: usize, y: usize, count: i32, constants: usize): void {
  const scale = v128.load32_splat(constants, 0);
  const most = v128.load32_splat(constants, 4);
  const least = v128.load32_splat(constants, 8);
  const rounder = v128.load32_splat(constants, 12);
  const c5 = v128.load32_splat(constants, 16);
  const c4 = v128.load32_splat(constants, 20);
  const c3 = v128.load32_splat(constants, 24);
  const c2 = v128.load32_splat(constants, 28);
  const c1 = v128.load32_splat(constants, 32);
  const one = v128.load32_splat(constants, 36);
  const end = floats(count);
  let i: usize = 0;
  for (const body = vectorBytes(count); i < body; i += 16)
    v128.store(y + i, sigmoidWith(v128.load(x + i), scale, most, least, rounder, c5, c4, c3, c2, c1, one));
  for (; i < end; i += 4) storeOne(y + i, sigmoidWith(loadOne(x + i), scale, most, least, rounder, c5, c4, c3, c2, c1, one));
}

/** y = silu(x), `count` floats; x and y may be the same. */
export function silus(x: usize, y: usize, count: i32, constants: usize): void {
  const scale = v128.load32_splat(constants, 0);
  const most = v128.load32_splat(constants, 4);
  const least = v128.load32_splat(constants, 8);
  const rounder = v128.load32_splat(constants, 12);
  const c5 = v128.load32_splat(constants, 16);
  const c4 = v128.load32_splat(constants, 20);
  const c3 = v128.load32_splat(constants, 24);
  const c2 = v128.load32_splat(constants, 28);
  const c1 = v128.load32_splat(constants, 32);
  const one = v128.load32_splat(constants, 36);
  const end = floats(count);
  let i: usize = 0;
  for (const body = vectorBytes(count); i < body; i += 16) {
    const v = v128.load(x + i);
    v128.store(y + i, f32x4.mul(v, sigmoidWith(v, scale, most, least, rounder, c5, c4, c3, c2, c1, one)));
  }
  for (; i < end; i += 4) {
    const v = loadOne(x + i);
    storeOne(y + i, f32x4.mul(v, sigmoidWith(v, scale, most, least, rounder, c5, c4, c3, c2, c1, one)));
  }
}

/** dx = dy·silu′(x), `count` floats; x and dx may be the same. */
export function siluGrads(x: usize, dy: usize, dx: usize, count: i32, constants: usize): void {
  const scale = v128.load32_splat(constants, 0);
  const most = v128.load32_splat(constants, 4);
  const least = v128.load32_splat(constants, 8);
  const rounder = v128.load32_splat(constants, 12);
  const c5 = v128.load32_splat(constants, 16);
  const c4 = v128.load32_splat(constants, 20);
  const c3 = v128.load32_splat(constants, 24);
  const c2 = v128.load32_splat(constants, 28);
  const c1 = v128.load32_splat(constants, 32);
  const one = v128.load32_splat(constants, 36);
  const end = floats(count);
  let i: usize = 0;
  for (const body = vectorBytes(count); i < body; i += 16) {
    const v = v128.load(x + i);
    const s = sigmoidWith(v, scale, most, least, rounder, c5, c4, c3, c2, c1, one);
    v128.store(dx + i, f32x4.mul(v128.load(dy + i), slopeFrom(f32x4.mul(v, s), s)));
  }
  for (; i < end; i += 4) {
    const v = loadOne(x + i);
    const s = sigmoidWith(v, scale, most, least, rounder, c5, c4, c3, c2, c1, one);
    storeOne(dx + i, f32x4.mul(loadOne(dy + i), slopeFrom(f32x4.mul(v, s), s)));
  }
}
