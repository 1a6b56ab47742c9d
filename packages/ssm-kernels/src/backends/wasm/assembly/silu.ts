// silu(x) = x·sigmoid(x), its derivative, and the gate x·silu(z). Whole vectors first; the rest uses one lane.
import { floats, loadOne, storeOne, vectorBytes } from './maths/lanes';
import { sigmoid } from './maths/math';

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

export function silu(x: usize, y: usize, count: i32): void {
  const end = floats(count);
  let i: usize = 0;
  for (const body = vectorBytes(count); i < body; i += 16) v128.store(y + i, siluOf(v128.load(x + i)));
  for (; i < end; i += 4) storeOne(y + i, siluOf(loadOne(x + i)));
}

export function siluGrad(x: usize, dy: usize, dx: usize, count: i32): void {
  const end = floats(count);
  let i: usize = 0;
  for (const body = vectorBytes(count); i < body; i += 16)
    v128.store(dx + i, f32x4.mul(v128.load(dy + i), siluSlope(v128.load(x + i))));
  for (; i < end; i += 4) storeOne(dx + i, f32x4.mul(loadOne(dy + i), siluSlope(loadOne(x + i))));
}

export function siluGate(x: usize, z: usize, y: usize, count: i32): void {
  const end = floats(count);
  let i: usize = 0;
  for (const body = vectorBytes(count); i < body; i += 16)
    v128.store(y + i, f32x4.mul(v128.load(x + i), siluOf(v128.load(z + i))));
  for (; i < end; i += 4) storeOne(y + i, f32x4.mul(loadOne(x + i), siluOf(loadOne(z + i))));
}

export function siluGateGrad(x: usize, z: usize, dy: usize, dx: usize, dz: usize, count: i32): void {
  const end = floats(count);
  let i: usize = 0;
  for (const body = vectorBytes(count); i < body; i += 16) {
    const zs = v128.load(z + i);
    const d = v128.load(dy + i);
    const s = sigmoid(zs);
    const gate = f32x4.mul(zs, s);
    v128.store(dx + i, f32x4.mul(d, gate));
    v128.store(dz + i, f32x4.mul(f32x4.mul(d, v128.load(x + i)), slopeFrom(gate, s)));
  }
  for (; i < end; i += 4) {
    const zs = loadOne(z + i);
    const d = loadOne(dy + i);
    const s = sigmoid(zs);
    const gate = f32x4.mul(zs, s);
    storeOne(dx + i, f32x4.mul(d, gate));
    storeOne(dz + i, f32x4.mul(f32x4.mul(d, loadOne(x + i)), slopeFrom(gate, s)));
  }
}

/** The derivative s + silu·(1 − s), given both. */
// @ts-ignore: decorator
@inline
export function slopeFrom(silu: v128, s: v128): v128 {
  return f32x4.add(s, f32x4.mul(silu, f32x4.sub(f32x4.splat(1), s)));
}
