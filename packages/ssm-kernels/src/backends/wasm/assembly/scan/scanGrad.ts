// The gradient of scan.ts, over the same plan in reverse.
//
// With λ_g the adjoint of grid g's state and Λ = Σ λ_g: Λ obeys one recurrence started from the sum of the adjoints at the
// segment's end, Λ_t = C_t dy_t + a_{t+1} Λ_{t+1}; dB, dC, du follow from it alone. Only the term through a_t mixes grids,
// Σ_g λ_g(t) a_t h_g(t-1) = a_t Λ_t h̄_{t-1} + K, and K = P Σ_g e_g (c_g - c̄) is constant over the segment (e_g: grid g's
// adjoint at the segment's end). At the segment's start each grid's adjoint follows from Λ's: e_g' = w_g V + P (e_g - w_g E),
// with V and E the sums at start and end (docs/pyramid-scan.md).
//
// The forward pass stores no states. A first traversal recomputes them and stores a_t, dt and the states at every segment's
// start; given a_t, a segment's other states cost three operations each. The first traversal stores a_t of the last KEPT
// pixels at most; those of earlier segments are recomputed when needed.

import { madd, nmadd } from '../maths/fused';
import { addTo, copyVectors } from '../maths/lanes';
import {
  BLOCK,
  LOG2E,
  MAX_SEGMENT,
  ROW,
  stepBound,
  loadBlock,
  packA,
  packBC,
  padded,
  pairBytes,
  pixelAt,
  storeBlock,
} from './blocks';
import { enterSegment, leaveSegment, segmentDecay } from './scan';
import { CELL, advance, advanceWithin, remake, stepBack } from './scanGradSteps';
import { expOfMinusAbs, sigmoidFrom, softplusFrom, storeStepConstants } from '../maths/softplus';

/** Pixels whose a_t the first traversal stores: with 16 states, 1 KiB each. */
const KEPT: i32 = 4096;
const LN2: f32 = 0.6931471805599453;

/** Rows of a state's size that are stored per segment: the mean carry and, for several grids, P and the deviations. */
// @ts-ignore: decorator
@inline
function keptRows(grids: i32): i32 {
  return grids == 1 ? 1 : grids == 2 ? 3 : 2 + grids;
}

/** Bytes of scratch that scanBackward needs for a plan of this many segments and pixels. */
export function scanBackwardScratch(states: i32, segments: i32, grids: i32, slots: i32, pixels: i32): i32 {
  const ofStates = segments * keptRows(grids) + 7 + slots + min(pixels, KEPT) + 2 * MAX_SEGMENT;
  const rows = padded(states) * ofStates + 2 * pixels + 5 * MAX_SEGMENT + 8;
  return rows * <i32>ROW + 2 * pixels * <i32>pairBytes(states);
}

/** Reads dt (softplus applied), its slope, u·dt and Σ dt of a segment of one block. Returns whether every |dt| is below `bound`. */
function gatherSteps(
  u: usize, delta: usize, bias: usize, channels: i32, deltaStride: i32, count: i32, useSoftplus: i32,
  order: usize, position: i32, step: i32, length: i32, dts: usize, slopes: usize, dus: usize, sum: usize, constants: usize,
  bound: v128,
): bool {
  let within = i32x4.splat(-1);
  for (let i: usize = 0; i < ROW; i += 16) v128.store(sum + i, f32x4.splat(0));
  for (let t = 0; t < length; t++) {
    const row = <usize>t * ROW;
    const pixel = pixelAt(order, position);
    loadBlock(u + pixel * <usize>channels * 4, count, dus + row);
    loadBlock(delta + pixel * <usize>deltaStride * 4, count, dts + row);
    position += step;
  }
  for (let t = 0; t < length; t++) {
    for (let i: usize = 0; i < ROW; i += 16) {
      let x = f32x4.add(v128.load(dts + i), v128.load(bias + i));
      if (useSoftplus) {
        const e = expOfMinusAbs(x, constants);
        v128.store(slopes + i, sigmoidFrom(x, e, constants));
        x = softplusFrom(x, e, constants);
      } else {
        v128.store(slopes + i, f32x4.splat(1));
      }
      v128.store(dts + i, x);
      within = v128.and(within, f32x4.lt(f32x4.abs(x), bound));
      v128.store(dus + i, f32x4.mul(x, v128.load(dus + i)));
      v128.store(sum + i, f32x4.add(v128.load(sum + i), x));
    }
    dts += ROW;
    slopes += ROW;
    dus += ROW;
  }
  return i32x4.all_true(within);
}

/** Reads u, dy, u·dt and Σ dt of a segment of one block whose dt is stored. Returns whether every |dt| is below `bound`. */
function gatherOutputs(
  u: usize, dy: usize, channels: i32, count: i32, order: usize, position: i32, step: i32, length: i32,
  dts: usize, us: usize, dys: usize, dus: usize, sum: usize,
  bound: v128,
): bool {
  let within = i32x4.splat(-1);
  for (let i: usize = 0; i < ROW; i += 16) v128.store(sum + i, f32x4.splat(0));
  for (let t = 0; t < length; t++) {
    const row = <usize>t * ROW;
    const at = pixelAt(order, position) * <usize>channels * 4;
    loadBlock(u + at, count, us + row);
    loadBlock(dy + at, count, dys + row);
    position += step;
  }
  for (let t = 0; t < length; t++) {
    for (let i: usize = 0; i < ROW; i += 16) {
      const dt = v128.load(dts + i);
      within = v128.and(within, f32x4.lt(f32x4.abs(dt), bound));
      v128.store(dus + i, f32x4.mul(dt, v128.load(us + i)));
      v128.store(sum + i, f32x4.add(v128.load(sum + i), dt));
    }
    dts += ROW;
    us += ROW;
    dus += ROW;
  }
  return i32x4.all_true(within);
}

/** Adds dB and dC, in packBC's layout, to their tensors. */
function addPairs(
  dPairs: usize, dB: usize, dC: usize, bcStride: i32, states: i32, plan: usize, order: usize, segments: i32, segmentBytes: usize,
): void {
  for (let s = 0; s < segments; s++) {
    let position = load<i32>(plan);
    for (let t = load<i32>(plan, 8); t > 0; t--) {
      const at = pixelAt(order, position) * <usize>bcStride * 4;
      for (let n = 0; n < states; n += 4) {
        const count = min(4, states - n);
        addTo(dB + at + (<usize>n << 2), dPairs, count);
        addTo(dC + at + (<usize>n << 2), dPairs + 16, count);
        dPairs += 32;
      }
      position += load<i32>(plan, 4);
    }
    plan += segmentBytes;
  }
}

/** Each grid's carry into a segment minus the mean; for two grids, the first minus the second. */
function keepDeviations(segment: usize, grids: i32, carries: usize, mean: usize, stateBytes: usize, to: usize): void {
  if (grids == 2) {
    const first = carries + <usize>load<i32>(segment, 12) * stateBytes;
    const second = carries + <usize>load<i32>(segment, 20) * stateBytes;
    for (let i: usize = 0; i < stateBytes; i += 16)
      v128.store(to + i, f32x4.sub(v128.load(first + i), v128.load(second + i)));
  } else {
    for (let g = 0; g < grids; g++) {
      const carry = carries + <usize>load<i32>(segment + 12 + (<usize>g << 3)) * stateBytes;
      for (let i: usize = 0; i < stateBytes; i += 16)
        v128.store(to + i, f32x4.sub(v128.load(carry + i), v128.load(mean + i)));
      to += stateBytes;
    }
  }
}

/**
 * The sum E of the adjoints at a segment's end, as V of the cells, and, for several grids, the terms of the constant K: Σ dt K is
 * added to dA and Σ_n A K written to AK. `mixed` receives E, or for two grids P (w_1 e_0 - w_0 e_1), for sendBack.
 */
function arrive(
  segment: usize, grids: i32, weights: usize, carries: usize, P: usize, deviations: usize, stateBytes: usize,
  sum: usize, cells: usize, mixed: usize, AK: usize,
): void {
  const first = carries + <usize>load<i32>(segment, 12) * stateBytes;
  if (grids == 1) {
    for (let i: usize = 0; i < stateBytes; i += ROW) {
      copyVectors(cells, first + i, ROW);
      cells += CELL;
    }
    return;
  }
  const second = carries + <usize>load<i32>(segment, 20) * stateBytes;
  const w0 = v128.load32_splat(weights);
  const w1 = v128.load32_splat(weights, 4);
  for (let channel: usize = 0; channel < ROW; channel += 16) {
    const time = v128.load(sum + channel);
    let total = f32x4.splat(0);
    let cell = cells + channel;
    for (let i = channel; i < stateBytes; i += ROW) {
      let E: v128, K: v128;
      const decay = v128.load(P + i);
      if (grids == 2) {
        const e0 = v128.load(first + i);
        const e1 = v128.load(second + i);
        E = f32x4.add(e0, e1);
        const own = f32x4.mul(decay, nmadd(w0, e1, f32x4.mul(w1, e0)));
        K = f32x4.mul(own, v128.load(deviations + i));
        v128.store(mixed + i, own);
      } else {
        E = f32x4.splat(0);
        K = f32x4.splat(0);
        for (let g = 0; g < grids; g++) {
          const e = v128.load(carries + <usize>load<i32>(segment + 12 + (<usize>g << 3)) * stateBytes + i);
          E = f32x4.add(E, e);
          K = madd(e, v128.load(deviations + <usize>g * stateBytes + i), K);
        }
        K = f32x4.mul(decay, K);
        v128.store(mixed + i, E);
      }
      v128.store(cell, E);
      total = madd(v128.load(cell, 64), K, total);
      v128.store(cell, madd(time, K, v128.load(cell, 128)), 128);
      cell += CELL;
    }
    v128.store(AK + channel, total);
  }
}

/** The adjoint of each grid for the previous segment: w_g V + P (e_g - w_g E), or zero where it starts from zero. */
function sendBack(
  segment: usize, grids: i32, weights: usize, carries: usize, P: usize, stateBytes: usize, cells: usize, mixed: usize,
): void {
  for (let g = 0; g < grids; g++) {
    const entry = segment + 12 + (<usize>g << 3);
    const carry = carries + <usize>load<i32>(entry) * stateBytes;
    const w = v128.load32_splat(weights + (<usize>g << 2));
    let cell = cells;
    for (let i: usize = 0; i < stateBytes; i += ROW) {
      for (let at = i; at < i + ROW; at += 16) {
        const V = f32x4.mul(w, v128.load(cell + (at - i)));
        let sent: v128;
        if (load<i32>(entry, 4)) {
          sent = f32x4.splat(0);
        } else if (grids == 1) {
          sent = V;
        } else if (grids == 2) {
          const own = v128.load(mixed + at);
          sent = g == 0 ? f32x4.add(V, own) : f32x4.sub(V, own);
        } else {
          const own = nmadd(w, v128.load(mixed + at), v128.load(carry + at));
          sent = madd(v128.load(P + at), own, V);
        }
        v128.store(carry + at, sent);
      }
      cell += CELL;
    }
  }
}

/**
 * Adds to du, dB, dC, dA, dD, dBias and writes ddelta, over `channelCount` channels that share one B and C.
 * Arguments as in scanForward; gradients have the layout of their inputs. dLast is 0 or the gradient at the last state, (d, n).
 */
export function scanBackward(
  u: usize,
  delta: usize,
  A: usize,
  B: usize,
  C: usize,
  D: usize,
  bias: usize,
  dy: usize,
  dLast: usize,
  du: usize,
  ddelta: usize,
  dA: usize,
  dB: usize,
  dC: usize,
  dD: usize,
  dBias: usize,
  channelCount: i32,
  channels: i32,
  deltaStride: i32,
  bcStride: i32,
  states: i32,
  useSoftplus: i32,
  plan: usize,
  order: usize,
  segments: i32,
  grids: i32,
  weights: usize,
  slots: i32,
  pixels: i32,
  scratch: usize,
): void {
  const stateBytes = <usize>padded(states) * ROW;
  const segmentRows = <usize>MAX_SEGMENT * ROW;
  const pairsBytes = <usize>pixels * pairBytes(states);
  const keptBytes = stateBytes * <usize>keptRows(grids);
  const firstKept = max(0, pixels - KEPT);
  const kept = scratch;
  const A2 = kept + <usize>segments * keptBytes;
  const h = A2 + stateBytes;
  const mixed = h + stateBytes;
  const cells = mixed + stateBytes; // V, A and dA of every state
  const carries = cells + 3 * stateBytes;
  const hs = carries + <usize>slots * stateBytes; // h_t of a segment, [t][n][16]
  const spare = hs + <usize>MAX_SEGMENT * stateBytes; // a_t of a segment without stored ones
  const as = spare + <usize>MAX_SEGMENT * stateBytes; // a_t of the pixels from firstKept on, in traversal order
  const allDts = as + <usize>(pixels - firstKept) * stateBytes; // dt of all pixels, in that order
  const allSlopes = allDts + <usize>pixels * ROW; // and its derivative by delta
  const us = allSlopes + <usize>pixels * ROW;
  const dus = us + segmentRows;
  const dys = dus + segmentRows;
  const lBs = dys + segmentRows;
  const Aqs = lBs + segmentRows;
  const sum = Aqs + segmentRows;
  const AK = sum + ROW;
  const biasBlock = AK + ROW;
  const DBlock = biasBlock + ROW;
  const dDBlock = DBlock + ROW;
  const dBiasBlock = dDBlock + ROW;
  const constants = dBiasBlock + ROW;
  const sums = constants + ROW;
  const allPairs = sums + stateBytes; // B and C of all pixels, in packBC's layout
  const allDPairs = allPairs + pairsBytes; // dB and dC, in the same layout
  const pixelPairs = pairBytes(states);
  const segmentBytes = 12 + (<usize>grids << 3);
  storeStepConstants(constants);
  packBC(B, C, bcStride, states, plan, order, segments, segmentBytes, allPairs);
  memory.fill(allDPairs, 0, pairsBytes);

  for (let first = 0; first < channelCount; first += BLOCK) {
    const count = min(BLOCK, channelCount - first);
    const offset = <usize>first << 2;
    packA(A + offset * <usize>states, states, count, LOG2E, A2);
    const bound = stepBound(A2, stateBytes);
    loadBlock(bias + offset, count, biasBlock);
    loadBlock(D + offset, count, DBlock);
    memory.fill(carries, 0, <usize>slots * stateBytes);
    for (let n: usize = 0; n < <usize>padded(states); n++) {
      memory.copy(cells + n * CELL + ROW, A2 + n * ROW, ROW);
      memory.fill(cells + n * CELL + 2 * ROW, 0, ROW);
    }
    memory.fill(AK, 0, ROW);
    memory.fill(dDBlock, 0, 2 * ROW);

    let done = 0; // pixels of the previous segments
    for (let s = 0; s < segments; s++) {
      const segment = plan + <usize>s * segmentBytes;
      const position = load<i32>(segment);
      const step = load<i32>(segment, 4);
      const length = load<i32>(segment, 8);
      const mean = kept + <usize>s * keptBytes;
      const P = mean + stateBytes;
      const dts = allDts + <usize>done * ROW;
      const within = gatherSteps(
        u + offset, delta + offset, biasBlock, channels, deltaStride, count, useSoftplus,
        order, position, step, length, dts, allSlopes + <usize>done * ROW, dus, sum, constants, bound,
      );
      const pairs = allPairs + <usize>done * pixelPairs;
      enterSegment(segment, grids, weights, carries, stateBytes, mean);
      copyVectors(h, mean, stateBytes);
      if (grids > 1) keepDeviations(segment, grids, carries, mean, stateBytes, P + stateBytes);
      const segmentAs = done >= firstKept ? as + <usize>(done - firstKept) * stateBytes : spare;
      if (within) advanceWithin(A2, h, segmentAs, dts, dus, pairs, states, length, constants);
      else advance(A2, h, segmentAs, dts, dus, pairs, states, length, constants);
      if (grids > 1) segmentDecay(A2, sum, stateBytes, constants, P);
      leaveSegment(segment, grids, weights, carries, stateBytes, h, P);
      done += length;
    }

    // From here on `carries` holds each grid's adjoint at the end of the current segment.
    memory.fill(carries, 0, <usize>slots * stateBytes);
    if (dLast) {
      const carry = carries + <usize>load<i32>(plan + <usize>(segments - 1) * segmentBytes, 12) * stateBytes;
      for (let i = 0; i < count; i++)
        for (let n = 0; n < states; n++)
          store<f32>(
            carry + <usize>n * ROW + (<usize>i << 2),
            load<f32>(dLast + (<usize>((first + i) * states + n) << 2)),
          );
    }
    for (let s = segments - 1; s >= 0; s--) {
      const segment = plan + <usize>s * segmentBytes;
      const start = load<i32>(segment);
      const step = load<i32>(segment, 4);
      const length = load<i32>(segment, 8);
      const mean = kept + <usize>s * keptBytes;
      const P = mean + stateBytes;
      done -= length;
      const dts = allDts + <usize>done * ROW;
      const slopes = allSlopes + <usize>done * ROW;
      const within = gatherOutputs(
        u + offset, dy + offset, channels, count, order, start, step, length, dts, us, dys, dus, sum, bound,
      );
      const pairs = allPairs + <usize>done * pixelPairs;
      const dPairs = allDPairs + <usize>done * pixelPairs;
      let segmentAs = as + <usize>(done - firstKept) * stateBytes;
      if (done < firstKept) {
        segmentAs = spare;
        copyVectors(h, mean, stateBytes);
        if (within) advanceWithin(A2, h, spare, dts, dus, pairs, states, length, constants);
        else advance(A2, h, spare, dts, dus, pairs, states, length, constants);
      }
      remake(mean, hs, segmentAs, dus, dys, pairs, sums, dPairs, states, length);
      arrive(segment, grids, weights, carries, P, P + stateBytes, stateBytes, sum, cells, mixed, AK);
      for (let t = length - 1; t >= 0; t--) {
        const row = <usize>t * ROW;
        stepBack(
          cells, t ? hs + <usize>(t - 1) * stateBytes : mean, segmentAs + <usize>t * stateBytes,
          dts + row, dus + row, dys + row, pairs + <usize>t * pixelPairs, sums, dPairs + <usize>t * pixelPairs,
          AK, lBs + row, Aqs + row, states,
        );
      }
      let position = start;
      for (let t = 0; t < length; t++) {
        const row = <usize>t * ROW;
        for (let i = row; i < row + ROW; i += 16) {
          const channel = i - row;
          const lB = v128.load(lBs + i);
          const g = v128.load(dys + i);
          const ut = v128.load(us + i);
          // A2 includes log2(e): a factor ln 2 restores Σ A q
          let ddt = madd(ut, lB, f32x4.mul(v128.load(Aqs + i), f32x4.splat(LN2)));
          ddt = f32x4.mul(ddt, v128.load(slopes + i));
          v128.store(Aqs + i, ddt);
          v128.store(dBiasBlock + channel, f32x4.add(v128.load(dBiasBlock + channel), ddt));
          v128.store(dDBlock + channel, madd(g, ut, v128.load(dDBlock + channel)));
          v128.store(
            lBs + i,
            madd(g, v128.load(DBlock + channel), f32x4.mul(lB, v128.load(dts + i))),
          );
        }
        const pixel = pixelAt(order, position);
        storeBlock(du + offset + pixel * <usize>channels * 4, count, lBs + row, true);
        storeBlock(ddelta + offset + pixel * <usize>deltaStride * 4, count, Aqs + row, false);
        position += step;
      }
      sendBack(segment, grids, weights, carries, P, stateBytes, cells, mixed);
    }

    for (let i = 0; i < count; i++)
      for (let n = 0; n < states; n++) {
        const at = dA + (<usize>((first + i) * states + n) << 2);
        store<f32>(at, load<f32>(at) + load<f32>(cells + <usize>n * CELL + (<usize>i << 2), 128));
      }
    storeBlock(dD + offset, count, dDBlock, true);
    storeBlock(dBias + offset, count, dBiasBlock, true);
  }
  addPairs(allDPairs, dB, dC, bcStride, states, plan, order, segments, segmentBytes);
}
