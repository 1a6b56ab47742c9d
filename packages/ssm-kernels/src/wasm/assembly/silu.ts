// silu(x) = x·sigmoid(x), its derivative, and the gate x·silu(z). Whole vectors first; the rest goes through one lane.
import { floats, vectorBytes } from './lanes';
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

// @ts-ignore: decorator
@inline
function one(at: usize): v128 {
  return v128.load32_zero(at);
}

// @ts-ignore: decorator
@inline
function put(at: usize, v: v128): void {
  store<f32>(at, f32x4.extract_lane(v, 0));
}

export function silu(x: usize, y: usize, count: i32): void {
  const end = floats(count);
  let i: usize = 0;
  for (const body = vectorBytes(count); i < body; i += 16) v128.store(y + i, siluOf(v128.load(x + i)));
  for (; i < end; i += 4) put(y + i, siluOf(one(x + i)));
}

export function siluGrad(x: usize, dy: usize, dx: usize, count: i32): void {
  const end = floats(count);
  let i: usize = 0;
  for (const body = vectorBytes(count); i < body; i += 16)
    v128.store(dx + i, f32x4.mul(v128.load(dy + i), siluSlope(v128.load(x + i))));
  for (; i < end; i += 4) put(dx + i, f32x4.mul(one(dy + i), siluSlope(one(x + i))));
}

export function siluGate(x: usize, z: usize, y: usize, count: i32): void {
  const end = floats(count);
  let i: usize = 0;
  for (const body = vectorBytes(count); i < body; i += 16)
    v128.store(y + i, f32x4.mul(v128.load(x + i), siluOf(v128.load(z + i))));
  for (; i < end; i += 4) put(y + i, f32x4.mul(one(x + i), siluOf(one(z + i))));
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
    const zs = one(z + i);
    const d = one(dy + i);
    const s = sigmoid(zs);
    const gate = f32x4.mul(zs, s);
    put(dx + i, f32x4.mul(d, gate));
    put(dz + i, f32x4.mul(f32x4.mul(d, one(x + i)), slopeFrom(gate, s)));
  }
}

/** The derivative s + silu·(1 − s), where both are known. */
// @ts-ignore: decorator
@inline
function slopeFrom(silu: v128, s: v128): v128 {
  return f32x4.add(s, f32x4.mul(silu, f32x4.sub(f32x4.splat(1), s)));
}
