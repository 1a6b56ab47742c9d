// The selective scan over a list of segments, forward. One call computes one picture and one direction: all channels that
// share B and C, every grid of the pyramid in one traversal.
//
// One traversal is enough: the grids share dt, B, C and u at a pixel, so within a segment that no grid's border cuts
// the weighted mean of their states obeys the same recurrence, started from the mean of their carries; each grid's
// state at the segment's end follows from the mean's, h_g = h + P (c_g - c), P = exp(A Σ dt) (docs/pyramid-scan.md).
//
// Channels are processed in blocks of 16 (blocks.ts).
//
// The plan, int32: for each segment first position, step, pixel count, then for each grid carry slot and whether the carry
// starts from zero here. A segment has at most MAX_SEGMENT pixels. Positions are pixels, or places in `order`, which has the
// pixels of a curve, int32.

import { madd, nmadd } from '../maths/fused';
import { exp2Product, exp2With } from '../maths/exp2';
import { copyVectors } from '../maths/lanes';
import { expOfMinusAbs, softplusFrom, storeStepConstants } from '../maths/softplus';
import {
  BLOCK,
  ROW,
  MAX_SEGMENT,
  LOG2E,
  pixelAt,
  loadBlock,
  storeBlock,
  padded,
  packA,
  pairBytes,
  packBC,
  stepBound,
} from './blocks';

/**
 * Reads one segment of one block: dt (softplus applied), u·dt, and u, to rows of scratch; writes
 * Σ dt to `sum`. Returns whether every |dt| is below `bound`.
 */
export function gather(
  u: usize,
  delta: usize,
  bias: usize,
  channels: i32,
  deltaStride: i32,
  count: i32,
  useSoftplus: i32,
  order: usize,
  position: i32,
  step: i32,
  length: i32,
  us: usize,
  dts: usize,
  dus: usize,
  sum: usize,
  constants: usize,
  bound: v128,
): bool {
  let within = i32x4.splat(-1);
  for (let i: usize = 0; i < ROW; i += 16) v128.store(sum + i, f32x4.splat(0));
  for (let t = 0; t < length; t++) {
    const row = <usize>t * ROW;
    const pixel = pixelAt(order, position);
    loadBlock(u + pixel * <usize>channels * 4, count, us + row);
    loadBlock(delta + pixel * <usize>deltaStride * 4, count, dts + row);
    position += step;
  }
  for (let t = 0; t < length; t++) {
    const row = <usize>t * ROW;
    for (let i: usize = 0; i < ROW; i += 16) {
      let x = f32x4.add(v128.load(dts + row + i), v128.load(bias + i));
      if (useSoftplus) x = softplusFrom(x, expOfMinusAbs(x, constants), constants);
      v128.store(dts + row + i, x);
      within = v128.and(within, f32x4.lt(f32x4.abs(x), bound));
      v128.store(dus + row + i, f32x4.mul(x, v128.load(us + row + i)));
      v128.store(sum + i, f32x4.add(v128.load(sum + i), x));
    }
  }
  return i32x4.all_true(within);
}

/** The mean carry into a segment, Σ weight·carry, to `h`; a carry whose region starts here is zeroed first. */
export function enterSegment(segment: usize, grids: i32, weights: usize, carries: usize, stateBytes: usize, h: usize): void {
  for (let g = 0; g < grids; g++) {
    const entry = segment + 12 + (<usize>g << 3);
    if (load<i32>(entry, 4)) memory.fill(carries + <usize>load<i32>(entry) * stateBytes, 0, stateBytes);
  }
  const first = carries + <usize>load<i32>(segment, 12) * stateBytes;
  if (grids == 1) {
    copyVectors(h, first, stateBytes);
  } else if (grids == 2) {
    const second = carries + <usize>load<i32>(segment, 20) * stateBytes;
    const w0 = v128.load32_splat(weights);
    const w1 = v128.load32_splat(weights, 4);
    for (let i: usize = 0; i < stateBytes; i += 16)
      v128.store(h + i, madd(w1, v128.load(second + i), f32x4.mul(w0, v128.load(first + i))));
  } else {
    for (let i: usize = 0; i < stateBytes; i += 16) v128.store(h + i, meanCarry(segment, grids, weights, carries, stateBytes, i));
  }
}

/** Four numbers of Σ weight·carry, at byte i of a state. */
// @ts-ignore: decorator
@inline
export function meanCarry(segment: usize, grids: i32, weights: usize, carries: usize, stateBytes: usize, i: usize): v128 {
  let sum = f32x4.splat(0);
  for (let g = 0; g < grids; g++) {
    const carry = carries + <usize>load<i32>(segment + 12 + (<usize>g << 3)) * stateBytes;
    sum = madd(v128.load32_splat(weights + (<usize>g << 2)), v128.load(carry + i), sum);
  }
  return sum;
}

/** P = exp(A Σ dt) of a segment. */
export function segmentDecay(A2: usize, sum: usize, stateBytes: usize, constants: usize, P: usize): void {
  const least = v128.load32_splat(constants);
  const rounder = v128.load32_splat(constants, 4);
  const c4 = v128.load32_splat(constants, 8);
  const c3 = v128.load32_splat(constants, 12);
  const c2 = v128.load32_splat(constants, 16);
  const c1 = v128.load32_splat(constants, 20);
  const one = v128.load32_splat(constants, 24);
  for (let i: usize = 0; i < ROW; i += 16) {
    const time = v128.load(sum + i);
    for (let at = i; at < stateBytes; at += ROW)
      v128.store(P + at, exp2With(f32x4.mul(time, v128.load(A2 + at)), least, rounder, c4, c3, c2, c1, one));
  }
}

/** At a segment's end each grid's state, h + P (c - c̄), becomes its carry; P, the segment's decay, is not read for one grid. */
export function leaveSegment(
  segment: usize,
  grids: i32,
  weights: usize,
  carries: usize,
  stateBytes: usize,
  h: usize,
  P: usize,
): void {
  const first = carries + <usize>load<i32>(segment, 12) * stateBytes;
  if (grids == 1) {
    copyVectors(first, h, stateBytes);
    return;
  }
  if (grids == 2) {
    // c_0 - c̄ = w_1 (c_0 - c_1) and c_1 - c̄ = -w_0 (c_0 - c_1)
    const second = carries + <usize>load<i32>(segment, 20) * stateBytes;
    const w0 = v128.load32_splat(weights);
    const w1 = v128.load32_splat(weights, 4);
    for (let i: usize = 0; i < stateBytes; i += 16) {
      const decay = v128.load(P + i);
      const end = v128.load(h + i);
      const difference = f32x4.mul(decay, f32x4.sub(v128.load(first + i), v128.load(second + i)));
      v128.store(first + i, madd(w1, difference, end));
      v128.store(second + i, nmadd(w0, difference, end));
    }
  } else {
    for (let i: usize = 0; i < stateBytes; i += 16) {
      const decay = v128.load(P + i);
      const mean = meanCarry(segment, grids, weights, carries, stateBytes, i);
      for (let g = 0; g < grids; g++) {
        const carry = carries + <usize>load<i32>(segment + 12 + (<usize>g << 3)) * stateBytes;
        v128.store(carry + i, madd(decay, f32x4.sub(v128.load(carry + i), mean), v128.load(h + i)));
      }
    }
  }
}

/**
 * Whether two grids pass from one segment to the next as they do within a line: one continues in its carry, the other
 * moves to another carry, and none starts from zero.
 */
// @ts-ignore: decorator
@inline
function crossesOneBorder(segment: usize, next: usize): bool {
  return (
    load<i32>(segment, 12) == load<i32>(next, 12) &&
    load<i32>(segment, 20) != load<i32>(next, 20) &&
    (load<i32>(next, 16) | load<i32>(next, 24)) == 0
  );
}

/** leaveSegment and enterSegment in one pass over the states, for two grids whose next segment crossesOneBorder. */
function crossBorder(
  segment: usize, next: usize, weights: usize, carries: usize, stateBytes: usize, h: usize, P: usize,
): void {
  const w0 = v128.load32_splat(weights);
  const w1 = v128.load32_splat(weights, 4);
  const first = carries + <usize>load<i32>(segment, 12) * stateBytes;
  const second = carries + <usize>load<i32>(segment, 20) * stateBytes;
  const entered = carries + <usize>load<i32>(next, 20) * stateBytes;
  for (let i: usize = 0; i < stateBytes; i += 16) {
    const end = v128.load(h + i);
    const difference = f32x4.mul(v128.load(P + i), f32x4.sub(v128.load(first + i), v128.load(second + i)));
    const carry = madd(w1, difference, end);
    v128.store(first + i, carry);
    v128.store(second + i, nmadd(w0, difference, end));
    v128.store(h + i, madd(w1, v128.load(entered + i), f32x4.mul(w0, carry)));
  }
}

/**
 * Traverses a segment from the state h: y of its pixels, (+)= C·h + D u.
 * The loop over channels encloses the one over states, so that a pixel's dt, u dt and y stay in registers.
 */
function walk(
  A2: usize, h: usize, pairs: usize, us: usize, dts: usize, dus: usize, D: usize, constants: usize, yRow: usize,
  y: usize, channels: i32, count: i32, states: i32, accumulate: i32, order: usize, position: i32, step: i32, length: i32,
): void {
  const least = v128.load32_splat(constants);
  const rounder = v128.load32_splat(constants, 4);
  const c4 = v128.load32_splat(constants, 8);
  const c3 = v128.load32_splat(constants, 12);
  const c2 = v128.load32_splat(constants, 16);
  const c1 = v128.load32_splat(constants, 20);
  const one = v128.load32_splat(constants, 24);
  for (let t = 0; t < length; t++) {
    const row = <usize>t * ROW;
    for (let i: usize = 0; i < ROW; i += 16) {
      const dt = v128.load(dts + row + i);
      const du = v128.load(dus + row + i);
      let acc = f32x4.mul(v128.load(us + row + i), v128.load(D + i));
      let pA = A2 + i;
      let pH = h + i;
      let pair = pairs;
      let a: v128, x: v128;
      for (let n = states; n > 0; n -= 4) {
        a = exp2With(f32x4.mul(dt, v128.load(pA, 0)), least, rounder, c4, c3, c2, c1, one);
        x = madd(du, v128.load32_splat(pair, 0), f32x4.mul(a, v128.load(pH, 0)));
        v128.store(pH, x, 0);
        acc = madd(x, v128.load32_splat(pair, 4), acc);
        a = exp2With(f32x4.mul(dt, v128.load(pA, 64)), least, rounder, c4, c3, c2, c1, one);
        x = madd(du, v128.load32_splat(pair, 8), f32x4.mul(a, v128.load(pH, 64)));
        v128.store(pH, x, 64);
        acc = madd(x, v128.load32_splat(pair, 12), acc);
        a = exp2With(f32x4.mul(dt, v128.load(pA, 128)), least, rounder, c4, c3, c2, c1, one);
        x = madd(du, v128.load32_splat(pair, 16), f32x4.mul(a, v128.load(pH, 128)));
        v128.store(pH, x, 128);
        acc = madd(x, v128.load32_splat(pair, 20), acc);
        a = exp2With(f32x4.mul(dt, v128.load(pA, 192)), least, rounder, c4, c3, c2, c1, one);
        x = madd(du, v128.load32_splat(pair, 24), f32x4.mul(a, v128.load(pH, 192)));
        v128.store(pH, x, 192);
        acc = madd(x, v128.load32_splat(pair, 28), acc);
        pA += 4 * ROW;
        pH += 4 * ROW;
        pair += 32;
      }
      v128.store(yRow + i, acc);
    }
    storeBlock(y + pixelAt(order, position) * <usize>channels * 4, count, yRow, accumulate != 0);
    pairs += pairBytes(states);
    position += step;
  }
}

/** exp(dt A), given A log2(e). */
// @ts-ignore: decorator
@inline
export function stepDecay(
  within: bool, dt: v128, rate: v128, least: v128, rounder: v128, c4: v128, c3: v128, c2: v128, c1: v128, one: v128,
): v128 {
  return within
    ? exp2Product(dt, rate, rounder, c4, c3, c2, c1, one)
    : exp2With(f32x4.mul(dt, rate), least, rounder, c4, c3, c2, c1, one);
}

/**
 * As walk, for four pixels at once: a state is loaded and stored once for all of them. Where they are a whole segment, `decays`, the
 * product of their decays costs less than the exponential exp(A Σ dt), which would add a quarter.
 */
// @ts-ignore: decorator
@inline
function walkFourWith(
  within: bool, decays: bool, A2: usize, h: usize, pairs: usize, us: usize, dts: usize, dus: usize, D: usize, constants: usize, ys: usize,
  P: usize, y: usize, channels: i32, count: i32, states: i32, accumulate: i32, order: usize, position: i32, step: i32,
): void {
  const least = v128.load32_splat(constants);
  const rounder = v128.load32_splat(constants, 4);
  const c4 = v128.load32_splat(constants, 8);
  const c3 = v128.load32_splat(constants, 12);
  const c2 = v128.load32_splat(constants, 16);
  const c1 = v128.load32_splat(constants, 20);
  const one = v128.load32_splat(constants, 24);
  const pixelPairs = pairBytes(states);
  for (let i: usize = 0; i < ROW; i += 16) {
    const skip = v128.load(D + i);
    const dt0 = v128.load(dts + i, 0), dt1 = v128.load(dts + i, 64), dt2 = v128.load(dts + i, 128), dt3 = v128.load(dts + i, 192);
    const du0 = v128.load(dus + i, 0), du1 = v128.load(dus + i, 64), du2 = v128.load(dus + i, 128), du3 = v128.load(dus + i, 192);
    let y0 = f32x4.mul(v128.load(us + i, 0), skip);
    let y1 = f32x4.mul(v128.load(us + i, 64), skip);
    let y2 = f32x4.mul(v128.load(us + i, 128), skip);
    let y3 = f32x4.mul(v128.load(us + i, 192), skip);
    let at = i;
    let pair = pairs;
    for (let n = states; n > 0; n--) {
      const rate = v128.load(A2 + at);
      const a0 = stepDecay(within, dt0, rate, least, rounder, c4, c3, c2, c1, one);
      const a1 = stepDecay(within, dt1, rate, least, rounder, c4, c3, c2, c1, one);
      const a2 = stepDecay(within, dt2, rate, least, rounder, c4, c3, c2, c1, one);
      const a3 = stepDecay(within, dt3, rate, least, rounder, c4, c3, c2, c1, one);
      let x = v128.load(h + at);
      let p = pair;
      x = madd(du0, v128.load32_splat(p), f32x4.mul(a0, x));
      y0 = madd(x, v128.load32_splat(p, 4), y0);
      p += pixelPairs;
      x = madd(du1, v128.load32_splat(p), f32x4.mul(a1, x));
      y1 = madd(x, v128.load32_splat(p, 4), y1);
      p += pixelPairs;
      x = madd(du2, v128.load32_splat(p), f32x4.mul(a2, x));
      y2 = madd(x, v128.load32_splat(p, 4), y2);
      p += pixelPairs;
      x = madd(du3, v128.load32_splat(p), f32x4.mul(a3, x));
      y3 = madd(x, v128.load32_splat(p, 4), y3);
      v128.store(h + at, x);
      if (decays) v128.store(P + at, f32x4.mul(f32x4.mul(a0, a1), f32x4.mul(a2, a3)));
      at += ROW;
      pair += 8;
    }
    v128.store(ys + i, y0, 0);
    v128.store(ys + i, y1, 64);
    v128.store(ys + i, y2, 128);
    v128.store(ys + i, y3, 192);
  }
  for (let t: usize = 0; t < 4; t++) {
    storeBlock(y + pixelAt(order, position) * <usize>channels * 4, count, ys + t * ROW, accumulate != 0);
    position += step;
  }
}

function walkFour(
  decays: bool, A2: usize, h: usize, pairs: usize, us: usize, dts: usize, dus: usize, D: usize, constants: usize, ys: usize,
  P: usize, y: usize, channels: i32, count: i32, states: i32, accumulate: i32, order: usize, position: i32, step: i32,
): void {
  walkFourWith(false, decays, A2, h, pairs, us, dts, dus, D, constants, ys, P, y, channels, count, states, accumulate, order, position, step);
}

/** walkFour where every |dt A| is within exp2Product's bound. */
function walkFourWithin(
  decays: bool, A2: usize, h: usize, pairs: usize, us: usize, dts: usize, dus: usize, D: usize, constants: usize, ys: usize,
  P: usize, y: usize, channels: i32, count: i32, states: i32, accumulate: i32, order: usize, position: i32, step: i32,
): void {
  walkFourWith(true, decays, A2, h, pairs, us, dts, dus, D, constants, ys, P, y, channels, count, states, accumulate, order, position, step);
}

/**
 * Segments along a curve that all blocks of channels traverse before the next ones: pixels of a curve jump from page to page of memory, each of which
 * has many channels, so that their addresses would not stay in the processor's tables from block to block.
 */
const CURVE_SEGMENTS: i32 = 16;

/** Bytes of scratch that scanForward needs for a plan of this many pixels; `curve`: they are of an order. */
export function scanForwardScratch(states: i32, slots: i32, pixels: i32, channelCount: i32, curve: i32): i32 {
  const blocks = curve ? (channelCount + BLOCK - 1) / BLOCK : 1;
  return (padded(states) * (3 + slots * blocks) + 3 * MAX_SEGMENT + 9) * <i32>ROW + pixels * <i32>pairBytes(states);
}

/**
 * y (+)= Σ_grid weight·scan, over `channelCount` channels that share one B and C.
 *
 * u, delta, y, A, D, bias point at the first of these channels; a pixel's channels are `channels` (u, y) or `deltaStride`
 * (delta) elements apart, its B and C `bcStride`. A is (d, n). `order` is 0 or has the pixels at the plan's positions. `lastState` is 0 or receives the state after the last segment, (d, n).
 */
export function scanForward(
  u: usize,
  delta: usize,
  A: usize,
  B: usize,
  C: usize,
  D: usize,
  bias: usize,
  y: usize,
  lastState: usize,
  channelCount: i32,
  channels: i32,
  deltaStride: i32,
  bcStride: i32,
  states: i32,
  useSoftplus: i32,
  accumulate: i32,
  plan: usize,
  order: usize,
  segments: i32,
  grids: i32,
  weights: usize,
  slots: i32,
  scratch: usize,
): void {
  const stateBytes = <usize>padded(states) * ROW;
  const A2 = scratch;
  const h = A2 + stateBytes;
  const P = h + stateBytes;
  const allCarries = P + stateBytes;
  const carryBytes = <usize>slots * stateBytes;
  const blocks = order ? (channelCount + BLOCK - 1) / BLOCK : 1;
  const us = allCarries + <usize>blocks * carryBytes;
  const dts = us + <usize>MAX_SEGMENT * ROW;
  const dus = dts + <usize>MAX_SEGMENT * ROW;
  const sum = dus + <usize>MAX_SEGMENT * ROW;
  const biasBlock = sum + ROW;
  const DBlock = biasBlock + ROW;
  const yRow = DBlock + ROW;
  const constants = yRow + 4 * ROW;
  const allPairs = constants + ROW;
  const segmentBytes = 12 + (<usize>grids << 3);
  storeStepConstants(constants);
  packBC(B, C, bcStride, states, plan, order, segments, segmentBytes, allPairs);

  const most = order ? CURVE_SEGMENTS : segments;
  let pairs = allPairs;
  for (let from = 0; from < segments; from += most) {
    const to = min(from + most, segments);
    const fromPairs = pairs;
    for (let first = 0; first < channelCount; first += BLOCK) {
      const count = min(BLOCK, channelCount - first);
      const offset = <usize>first << 2;
      packA(A + offset * <usize>states, states, count, LOG2E, A2);
      const bound = stepBound(A2, stateBytes);
      loadBlock(bias + offset, count, biasBlock);
      loadBlock(D + offset, count, DBlock);
      const carries = order ? allCarries + <usize>(first / BLOCK) * carryBytes : allCarries;
      if (from == 0) memory.fill(carries, 0, carryBytes);
      pairs = fromPairs;
      let entered = false;
      for (let s = from; s < to; s++) {
        const segment = plan + <usize>s * segmentBytes;
        const position = load<i32>(segment);
        const step = load<i32>(segment, 4);
        const length = load<i32>(segment, 8);
        const within = gather(
          u + offset, delta + offset, biasBlock, channels, deltaStride, count, useSoftplus, order, position, step, length, us, dts, dus, sum,
          constants, bound,
        );
        if (!entered) enterSegment(segment, grids, weights, carries, stateBytes, h);
        const decays = grids > 1 && length == 4;
        let done = 0;
        for (; done + 4 <= length; done += 4) {
          const row = <usize>done * ROW;
          const at = pairs + <usize>done * pairBytes(states);
          const start = position + done * step;
          if (within)
            walkFourWithin(
              decays, A2, h, at, us + row, dts + row, dus + row, DBlock, constants, yRow, P, y + offset, channels, count,
              padded(states), accumulate, order, start, step,
            );
          else
            walkFour(
              decays, A2, h, at, us + row, dts + row, dus + row, DBlock, constants, yRow, P, y + offset, channels, count,
              padded(states), accumulate, order, start, step,
            );
        }
        if (done < length) {
          const row = <usize>done * ROW;
          walk(
            A2, h, pairs + <usize>done * pairBytes(states), us + row, dts + row, dus + row, DBlock, constants, yRow, y + offset, channels,
            count, states, accumulate, order, position + done * step, step, length - done,
          );
        }
        if (grids > 1 && !decays) segmentDecay(A2, sum, stateBytes, constants, P);
        entered = grids == 2 && s + 1 < to && crossesOneBorder(segment, segment + segmentBytes);
        if (entered) crossBorder(segment, segment + segmentBytes, weights, carries, stateBytes, h, P);
        // the state after the last segment is no longer needed as a carry
        else if (s + 1 < segments) leaveSegment(segment, grids, weights, carries, stateBytes, h, P);
        pairs += <usize>length * pairBytes(states);
      }
      if (lastState && to == segments) {
        for (let i = 0; i < count; i++)
          for (let n = 0; n < states; n++)
            store<f32>(
              lastState + (<usize>((first + i) * states + n) << 2),
              load<f32>(h + <usize>n * ROW + (<usize>i << 2)),
            );
      }
    }
  }
}
