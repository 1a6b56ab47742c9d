// Loops over contiguous floats, four at a time and the rest one by one.

import { madd } from './fused';
// @ts-ignore: decorator
@inline
export function floats(count: i32): usize {
  return <usize>count << 2;
}

/** The sum of the four lanes. */
// @ts-ignore: decorator
@inline
export function sumLanes(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 1) + (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

/** The lane sums of four vectors, one per lane. */
// @ts-ignore: decorator
@inline
export function sumRows(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** Bytes of the part of `count` floats that is whole vectors. */
// @ts-ignore: decorator
@inline
export function vectorBytes(count: i32): usize {
  return floats(count & ~3);
}

/** One float, in the first lane. */
// @ts-ignore: decorator
@inline
export function loadOne(at: usize): v128 {
  return v128.load32_zero(at);
}

/** Stores the first lane. */
// @ts-ignore: decorator
@inline
export function storeOne(at: usize, v: v128): void {
  store<f32>(at, f32x4.extract_lane(v, 0));
}

export function zero(target: usize, count: i32): void {
  memory.fill(target, 0, floats(count));
}

/** target = source */
export function copy(target: usize, source: usize, count: i32): void {
  const end = floats(count);
  let i: usize = 0;
  for (const body = vectorBytes(count); i < body; i += 16) v128.store(target + i, v128.load(source + i));
  for (; i < end; i += 4) store<f32>(target + i, load<f32>(source + i));
}

/** Copies `count` floats of each of `rows` rows; the distances between rows are in floats. */
export function copyRows(
  source: usize,
  sourceRow: i32,
  target: usize,
  targetRow: i32,
  rows: i32,
  count: i32,
): void {
  for (let r = 0; r < rows; r++) {
    copy(target, source, count);
    source += floats(sourceRow);
    target += floats(targetRow);
  }
}

/** target = source, a whole number of vectors: for short runs faster than memory.copy, which is a call. */
// @ts-ignore: decorator
@inline
export function copyVectors(target: usize, source: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) v128.store(target + i, v128.load(source + i));
}

/** target += source */
export function addTo(target: usize, source: usize, count: i32): void {
  const end = floats(count);
  let i: usize = 0;
  for (const body = vectorBytes(count); i < body; i += 16)
    v128.store(target + i, f32x4.add(v128.load(target + i), v128.load(source + i)));
  for (; i < end; i += 4) store<f32>(target + i, load<f32>(target + i) + load<f32>(source + i));
}

/** target += a·b, element by element */
export function addProduct(target: usize, a: usize, b: usize, count: i32): void {
  const end = floats(count);
  let i: usize = 0;
  for (const body = vectorBytes(count); i < body; i += 16)
    v128.store(target + i, madd(v128.load(a + i), v128.load(b + i), v128.load(target + i)));
  for (; i < end; i += 4) store<f32>(target + i, load<f32>(target + i) + load<f32>(a + i) * load<f32>(b + i));
}
