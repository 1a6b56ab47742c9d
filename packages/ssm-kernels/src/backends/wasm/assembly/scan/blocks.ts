// Blocks of 16 channels (four v128), as the scan and its gradient read and write them: rows of a pixel, and in scratch [n][16],
// contiguously, n states.
//
// A block of fewer channels is padded with zeros: a zero channel has u = 0 and A = 0 and no effect. States are
// padded to a multiple of four in the same way: a zero state has A = B = C = 0.

export const BLOCK: i32 = 16;
export const ROW: usize = 64; // bytes of one row of a block
export const MAX_SEGMENT: i32 = 16;
/** exp2Product computes a segment whose |dt|·|A| log2(e) are all below this. */
const BOUND: f32 = 125;
export const LOG2E: f32 = 1.4426950408889634;

/** The pixel at a position; `order` is 0 where positions are pixels. */
// @ts-ignore: decorator
@inline
export function pixelAt(order: usize, position: i32): usize {
  return <usize>(order ? load<i32>(order + (<usize>position << 2)) : position);
}

// @ts-ignore: decorator
@inline
export function loadBlock(p: usize, count: i32, to: usize): void {
  if (count == BLOCK) {
    v128.store(to, v128.load(p));
    v128.store(to, v128.load(p, 16), 16);
    v128.store(to, v128.load(p, 32), 32);
    v128.store(to, v128.load(p, 48), 48);
  } else {
    for (let i = 0; i < BLOCK; i++) store<f32>(to + (<usize>i << 2), i < count ? load<f32>(p + (<usize>i << 2)) : 0);
  }
}

// @ts-ignore: decorator
@inline
export function storeBlock(p: usize, count: i32, from: usize, accumulate: bool): void {
  if (count == BLOCK) {
    if (accumulate) {
      for (let i: usize = 0; i < ROW; i += 16) v128.store(p + i, f32x4.add(v128.load(p + i), v128.load(from + i)));
    } else {
      for (let i: usize = 0; i < ROW; i += 16) v128.store(p + i, v128.load(from + i));
    }
  } else {
    for (let i = 0; i < count; i++) {
      const at = p + (<usize>i << 2);
      const x = load<f32>(from + (<usize>i << 2));
      store<f32>(at, accumulate ? load<f32>(at) + x : x);
    }
  }
}

/** Number of states including the zero padding. */
// @ts-ignore: decorator
@inline
export function padded(states: i32): i32 {
  return (states + 3) & ~3;
}

/** The block's rows of A, transposed to [n][16] and multiplied by `factor`; channels and states past the end get zeros. */
export function packA(A: usize, states: i32, count: i32, factor: f32, to: usize): void {
  for (let n = 0; n < padded(states); n++)
    for (let i = 0; i < BLOCK; i++) {
      const x: f32 = i < count && n < states ? load<f32>(A + (<usize>(i * states + n) << 2)) : 0;
      store<f32>(to + <usize>n * ROW + (<usize>i << 2), x * factor);
    }
}

/** Bytes that packBC writes per pixel. */
// @ts-ignore: decorator
@inline
export function pairBytes(states: i32): usize {
  return <usize>padded(states) << 3;
}

/** B and C of the pixels in traversal order, alternating B and C; states past the end get zeros. */
export function packBC(
  B: usize, C: usize, bcStride: i32, states: i32, plan: usize, order: usize, segments: i32, segmentBytes: usize, to: usize,
): void {
  for (let s = 0; s < segments; s++) {
    let position = load<i32>(plan);
    for (let t = load<i32>(plan, 8); t > 0; t--) {
      const at = pixelAt(order, position) * <usize>bcStride * 4;
      let n = 0;
      for (; n + 4 <= states; n += 4) {
        const b = v128.load(B + at + (<usize>n << 2));
        const c = v128.load(C + at + (<usize>n << 2));
        v128.store(to, v128.shuffle<f32>(b, c, 0, 4, 1, 5));
        v128.store(to, v128.shuffle<f32>(b, c, 2, 6, 3, 7), 16);
        to += 32;
      }
      for (; n < padded(states); n++) {
        store<f32>(to, n < states ? load<f32>(B + at + (<usize>n << 2)) : 0);
        store<f32>(to, n < states ? load<f32>(C + at + (<usize>n << 2)) : 0, 4);
        to += 8;
      }
      position += load<i32>(plan, 4);
    }
    plan += segmentBytes;
  }
}

/** The bound on |dt| under which exp2Product computes all of exp(dt A) of a block; A2 includes log2(e). */
export function stepBound(A2: usize, stateBytes: usize): v128 {
  let largest = f32x4.splat(0);
  for (let i: usize = 0; i < stateBytes; i += 16) largest = f32x4.max(largest, f32x4.abs(v128.load(A2 + i)));
  largest = f32x4.max(largest, v128.shuffle<i32>(largest, largest, 2, 3, 0, 1));
  largest = f32x4.max(largest, v128.shuffle<i32>(largest, largest, 1, 0, 3, 2));
  return f32x4.div(f32x4.splat(BOUND), largest);
}
