// The gradient of scan.ts, over the same plan walked backwards.
//
// With λ_g the adjoint of grid g's state and Λ = Σ λ_g: Λ obeys one recurrence started from the sum of what arrives at the
// segment's end, Λ_t = C_t dy_t + a_{t+1} Λ_{t+1}; dB, dC, du follow from it alone. Only the term through a_t mixes grids,
// Σ_g λ_g(t) a_t h_g(t-1) = a_t Λ_t h̄_{t-1} + K, and K = P Σ_g e_g (c_g - c̄) is constant over the segment (e_g: grid g's
// adjoint at the segment's end). At the segment's start each grid's adjoint follows from Λ's: e_g' = w_g V + P (e_g - w_g E),
// with V and E the sums at start and end (docs/pyramid-scan.md).
//
// States are not kept from the forward pass: a first walk makes them again, keeps all of a small map, or of a large one those
// at every segment's start, from which each segment is then redone.

import { exp2, sigmoid } from './math';
import { exp2With, storeConstants } from './exp2';
import {
  BLOCK,
  LOG2E,
  MAX_SEGMENT,
  ROW,
  enterSegment,
  gather,
  leaveSegment,
  loadBlock,
  packA,
  storeBlock,
} from './scan';

/** Up to this many pixels the first walk keeps a_t and h_t of all of them; of a larger map each segment is redone. */
const KEEP_ALL: i32 = 1024;

/** Bytes of scratch that scanBackward needs for a plan of so many segments and, in all, pixels. */
export function scanBackwardScratch(states: i32, segments: i32, grids: i32, slots: i32, pixels: i32): i32 {
  const rows = pixels <= KEEP_ALL ? pixels : MAX_SEGMENT;
  const perSegment = states * (1 + grids) + 1; // mean carry, deviations, Σ dt
  const kept = segments * perSegment;
  return (kept + states * (8 + slots + 2 * rows) + 7 * MAX_SEGMENT + 9) * <i32>ROW;
}

/** Advances h over a segment without output, as scanForward does. */
function advance(
  A2: usize,
  h: usize,
  dts: usize,
  dus: usize,
  B: usize,
  bcStride: i32,
  states: i32,
  pixel: i32,
  step: i32,
  length: i32,
  constants: usize,
): void {
  const least = v128.load32_splat(constants);
  const rounder = v128.load32_splat(constants, 4);
  const c5 = v128.load32_splat(constants, 8);
  const c4 = v128.load32_splat(constants, 12);
  const c3 = v128.load32_splat(constants, 16);
  const c2 = v128.load32_splat(constants, 20);
  const c1 = v128.load32_splat(constants, 24);
  const one = v128.load32_splat(constants, 28);
  for (let t = 0; t < length; t++) {
    const row = <usize>t * ROW;
    const b = B + <usize>pixel * <usize>bcStride * 4;
    for (let i: usize = 0; i < ROW; i += 16) {
      const dt = v128.load(dts + row + i);
      const du = v128.load(dus + row + i);
      let pA = A2 + i;
      let pH = h + i;
      let pB = b;
      let a: v128;
      for (let n = states >> 2; n > 0; n--) {
        a = exp2With(f32x4.mul(dt, v128.load(pA, 0)), least, rounder, c5, c4, c3, c2, c1, one);
        v128.store(pH, f32x4.add(f32x4.mul(a, v128.load(pH, 0)), f32x4.mul(du, v128.load32_splat(pB, 0))), 0);
        a = exp2With(f32x4.mul(dt, v128.load(pA, 64)), least, rounder, c5, c4, c3, c2, c1, one);
        v128.store(
          pH,
          f32x4.add(f32x4.mul(a, v128.load(pH, 64)), f32x4.mul(du, v128.load32_splat(pB, 4))),
          64,
        );
        a = exp2With(f32x4.mul(dt, v128.load(pA, 128)), least, rounder, c5, c4, c3, c2, c1, one);
        v128.store(
          pH,
          f32x4.add(f32x4.mul(a, v128.load(pH, 128)), f32x4.mul(du, v128.load32_splat(pB, 8))),
          128,
        );
        a = exp2With(f32x4.mul(dt, v128.load(pA, 192)), least, rounder, c5, c4, c3, c2, c1, one);
        v128.store(
          pH,
          f32x4.add(f32x4.mul(a, v128.load(pH, 192)), f32x4.mul(du, v128.load32_splat(pB, 12))),
          192,
        );
        pA += 4 * ROW;
        pH += 4 * ROW;
        pB += 16;
      }
      for (let n = states & 3; n > 0; n--) {
        a = exp2With(f32x4.mul(dt, v128.load(pA)), least, rounder, c5, c4, c3, c2, c1, one);
        v128.store(pH, f32x4.add(f32x4.mul(a, v128.load(pH)), f32x4.mul(du, v128.load32_splat(pB))));
        pA += ROW;
        pH += ROW;
        pB += 4;
      }
    }
    pixel += step;
  }
}

/** The segment once more from the state `before`, keeping a_t in `as` and h_t in `hs`, [t][n][16]. */
function replay(
  A2: usize,
  before: usize,
  as: usize,
  hs: usize,
  dts: usize,
  dus: usize,
  B: usize,
  bcStride: i32,
  states: i32,
  pixel: i32,
  step: i32,
  length: i32,
  constants: usize,
): void {
  const stateBytes = <usize>states * ROW;
  const least = v128.load32_splat(constants);
  const rounder = v128.load32_splat(constants, 4);
  const c5 = v128.load32_splat(constants, 8);
  const c4 = v128.load32_splat(constants, 12);
  const c3 = v128.load32_splat(constants, 16);
  const c2 = v128.load32_splat(constants, 20);
  const c1 = v128.load32_splat(constants, 24);
  const one = v128.load32_splat(constants, 28);
  for (let t = 0; t < length; t++) {
    const row = <usize>t * ROW;
    const b = B + <usize>pixel * <usize>bcStride * 4;
    for (let i: usize = 0; i < ROW; i += 16) {
      const dt = v128.load(dts + row + i);
      const du = v128.load(dus + row + i);
      let pA = A2 + i;
      let pBefore = before + i;
      let pa = as + <usize>t * stateBytes + i;
      let pH = hs + <usize>t * stateBytes + i;
      let pB = b;
      let a: v128;
      for (let n = states >> 2; n > 0; n--) {
        a = exp2With(f32x4.mul(dt, v128.load(pA, 0)), least, rounder, c5, c4, c3, c2, c1, one);
        v128.store(pa, a, 0);
        v128.store(
          pH,
          f32x4.add(f32x4.mul(a, v128.load(pBefore, 0)), f32x4.mul(du, v128.load32_splat(pB, 0))),
          0,
        );
        a = exp2With(f32x4.mul(dt, v128.load(pA, 64)), least, rounder, c5, c4, c3, c2, c1, one);
        v128.store(pa, a, 64);
        v128.store(
          pH,
          f32x4.add(f32x4.mul(a, v128.load(pBefore, 64)), f32x4.mul(du, v128.load32_splat(pB, 4))),
          64,
        );
        a = exp2With(f32x4.mul(dt, v128.load(pA, 128)), least, rounder, c5, c4, c3, c2, c1, one);
        v128.store(pa, a, 128);
        v128.store(
          pH,
          f32x4.add(f32x4.mul(a, v128.load(pBefore, 128)), f32x4.mul(du, v128.load32_splat(pB, 8))),
          128,
        );
        a = exp2With(f32x4.mul(dt, v128.load(pA, 192)), least, rounder, c5, c4, c3, c2, c1, one);
        v128.store(pa, a, 192);
        v128.store(
          pH,
          f32x4.add(f32x4.mul(a, v128.load(pBefore, 192)), f32x4.mul(du, v128.load32_splat(pB, 12))),
          192,
        );
        pA += 4 * ROW;
        pBefore += 4 * ROW;
        pa += 4 * ROW;
        pH += 4 * ROW;
        pB += 16;
      }
      for (let n = states & 3; n > 0; n--) {
        a = exp2With(f32x4.mul(dt, v128.load(pA)), least, rounder, c5, c4, c3, c2, c1, one);
        v128.store(pa, a);
        v128.store(pH, f32x4.add(f32x4.mul(a, v128.load(pBefore)), f32x4.mul(du, v128.load32_splat(pB))));
        pA += ROW;
        pBefore += ROW;
        pa += ROW;
        pH += ROW;
        pB += 4;
      }
    }
    before = hs + <usize>t * stateBytes;
    pixel += step;
  }
}

/**
 * Adds to du, dB, dC, dA, dD, dBias and writes ddelta, over `channelCount` channels that share one B and C.
 * Arguments as scanForward; gradients are laid out as what they are gradients of. dLast is 0 or the gradient at the last state, (d, n).
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
  segments: i32,
  grids: i32,
  weights: usize,
  slots: i32,
  pixels: i32,
  scratch: usize,
): void {
  const stateBytes = <usize>states * ROW;
  const keepAll = pixels <= KEEP_ALL;
  const rows = <usize>(keepAll ? pixels : MAX_SEGMENT);
  const segmentRows = <usize>MAX_SEGMENT * ROW;
  const keptBytes = stateBytes * (1 + <usize>grids) + ROW;
  const kept = scratch;
  const A2 = kept + <usize>segments * keptBytes;
  const h = A2 + stateBytes;
  const P = h + stateBytes;
  const K = P + stateBytes;
  const V = K + stateBytes;
  const E = V + stateBytes;
  const dABlock = E + stateBytes;
  const carries = dABlock + stateBytes;
  const as = carries + <usize>slots * stateBytes; // a_t, [t][n][16]
  const hs = as + rows * stateBytes; // h_t
  const us = hs + rows * stateBytes;
  const dts = us + segmentRows;
  const dus = dts + segmentRows;
  const dys = dus + segmentRows;
  const sum = dys + segmentRows;
  const biasBlock = sum + ROW;
  const DBlock = biasBlock + ROW;
  const dDBlock = DBlock + ROW;
  const dBiasBlock = dDBlock + ROW;
  const outU = dBiasBlock + ROW;
  const outDelta = outU + ROW;
  const raw = outDelta + ROW;
  const constants = raw + ROW;
  const segmentBytes = 12 + ((<usize>grids) << 3);
  const zero = f32x4.splat(0);
  const end = (<usize>states) << 2;
  storeConstants(constants);

  for (let first = 0; first < channelCount; first += BLOCK) {
    const count = min(BLOCK, channelCount - first);
    const offset = (<usize>first) << 2;
    packA(A + offset * <usize>states, states, count, LOG2E, A2);
    loadBlock(bias + offset, count, biasBlock);
    loadBlock(D + offset, count, DBlock);
    memory.fill(carries, 0, <usize>slots * stateBytes);
    memory.fill(dABlock, 0, stateBytes);
    for (let i: usize = 0; i < ROW; i += 16) {
      v128.store(dDBlock + i, zero);
      v128.store(dBiasBlock + i, zero);
    }

    let done: usize = 0; // pixels of the segments before
    for (let s = 0; s < segments; s++) {
      const segment = plan + <usize>s * segmentBytes;
      const pixel = load<i32>(segment);
      const step = load<i32>(segment, 4);
      const length = load<i32>(segment, 8);
      const keep = kept + <usize>s * keptBytes;
      gather(
        u + offset,
        delta + offset,
        biasBlock,
        channels,
        deltaStride,
        count,
        useSoftplus,
        pixel,
        step,
        length,
        us,
        dts,
        dus,
        sum,
      );
      enterSegment(segment, grids, weights, carries, stateBytes, h);
      memory.copy(keep, h, stateBytes);
      if (grids > 1) {
        for (let g = 0; g < grids; g++) {
          const carry = carries + <usize>load<i32>(segment + 12 + ((<usize>g) << 3)) * stateBytes;
          const deviation = keep + stateBytes * (1 + <usize>g);
          for (let i: usize = 0; i < stateBytes; i += 16)
            v128.store(deviation + i, f32x4.sub(v128.load(carry + i), v128.load(h + i)));
        }
      }
      memory.copy(keep + stateBytes * (1 + <usize>grids), sum, ROW);
      if (keepAll) {
        replay(
          A2,
          h,
          as + done * stateBytes,
          hs + done * stateBytes,
          dts,
          dus,
          B,
          bcStride,
          states,
          pixel,
          step,
          length,
          constants,
        );
        done += length;
        memory.copy(h, hs + (done - 1) * stateBytes, stateBytes);
      } else {
        advance(A2, h, dts, dus, B, bcStride, states, pixel, step, length, constants);
      }
      leaveSegment(segment, grids, weights, carries, stateBytes, h, A2, sum);
    }

    // From here on `carries` holds each grid's adjoint at the end of the segment at hand.
    memory.fill(carries, 0, <usize>slots * stateBytes);
    if (dLast) {
      const carry = carries + <usize>load<i32>(plan + <usize>(segments - 1) * segmentBytes, 12) * stateBytes;
      for (let i = 0; i < count; i++)
        for (let n = 0; n < states; n++)
          store<f32>(
            carry + <usize>n * ROW + ((<usize>i) << 2),
            load<f32>(dLast + ((<usize>((first + i) * states + n)) << 2)),
          );
    }
    for (let s = segments - 1; s >= 0; s--) {
      const segment = plan + <usize>s * segmentBytes;
      const firstPixel = load<i32>(segment);
      const step = load<i32>(segment, 4);
      const length = load<i32>(segment, 8);
      const keep = kept + <usize>s * keptBytes;
      gather(
        u + offset,
        delta + offset,
        biasBlock,
        channels,
        deltaStride,
        count,
        useSoftplus,
        firstPixel,
        step,
        length,
        us,
        dts,
        dus,
        sum,
      );

      // What arrives at the segment's end, and the constant through which the grids mix.
      if (grids > 1) {
        for (let i: usize = 0; i < stateBytes; i += 16)
          v128.store(P + i, exp2(f32x4.mul(v128.load(A2 + i), v128.load(sum + (i & (ROW - 1))))));
        for (let i: usize = 0; i < stateBytes; i += 16) {
          let total = zero;
          let mixed = zero;
          for (let g = 0; g < grids; g++) {
            const slot = <usize>load<i32>(segment + 12 + ((<usize>g) << 3));
            const e = v128.load(carries + slot * stateBytes + i);
            total = f32x4.add(total, e);
            mixed = f32x4.add(mixed, f32x4.mul(e, v128.load(keep + stateBytes * (1 + <usize>g) + i)));
          }
          v128.store(E + i, total);
          v128.store(V + i, total);
          v128.store(K + i, f32x4.mul(v128.load(P + i), mixed));
        }
      } else {
        memory.copy(V, carries + <usize>load<i32>(segment, 12) * stateBytes, stateBytes);
        memory.fill(K, 0, stateBytes);
      }

      if (keepAll) done -= length;
      else replay(A2, keep, as, hs, dts, dus, B, bcStride, states, firstPixel, step, length, constants);
      let pixel = firstPixel;
      for (let t = 0; t < length; t++) {
        loadBlock(dy + offset + ((<usize>(pixel * channels)) << 2), count, dys + <usize>t * ROW);
        pixel += step;
      }

      for (let t = length - 1; t >= 0; t--) {
        pixel -= step;
        const row = <usize>t * ROW;
        const bc = <usize>pixel * <usize>bcStride * 4;
        const aRow = as + (done + <usize>t) * stateBytes;
        const hRow = hs + (done + <usize>t) * stateBytes;
        const dt0 = v128.load(dts + row),
          dt1 = v128.load(dts + row, 16),
          dt2 = v128.load(dts + row, 32),
          dt3 = v128.load(dts + row, 48);
        const x0 = v128.load(dus + row),
          x1 = v128.load(dus + row, 16),
          x2 = v128.load(dus + row, 32),
          x3 = v128.load(dus + row, 48);
        const g0 = v128.load(dys + row),
          g1 = v128.load(dys + row, 16),
          g2 = v128.load(dys + row, 32),
          g3 = v128.load(dys + row, 48);
        let b0 = zero,
          b1 = zero,
          b2 = zero,
          b3 = zero; // Σ_n λ B
        let s0 = zero,
          s1 = zero,
          s2 = zero,
          s3 = zero; // Σ_n A2 q
        let at: usize = 0;
        for (let n: usize = 0; n < end; n += 4) {
          const Bn = v128.load32_splat(B + bc + n);
          const Cn = v128.load32_splat(C + bc + n);
          let hn = v128.load(hRow + at);
          let l = f32x4.add(f32x4.mul(Cn, g0), v128.load(V + at));
          let sumB = f32x4.mul(l, x0);
          let sumC = f32x4.mul(g0, hn);
          b0 = f32x4.add(b0, f32x4.mul(l, Bn));
          let q = f32x4.add(f32x4.mul(l, f32x4.sub(hn, f32x4.mul(x0, Bn))), v128.load(K + at));
          s0 = f32x4.add(s0, f32x4.mul(q, v128.load(A2 + at)));
          v128.store(dABlock + at, f32x4.add(v128.load(dABlock + at), f32x4.mul(dt0, q)));
          v128.store(V + at, f32x4.mul(v128.load(aRow + at), l));

          hn = v128.load(hRow + at, 16);
          l = f32x4.add(f32x4.mul(Cn, g1), v128.load(V + at, 16));
          sumB = f32x4.add(sumB, f32x4.mul(l, x1));
          sumC = f32x4.add(sumC, f32x4.mul(g1, hn));
          b1 = f32x4.add(b1, f32x4.mul(l, Bn));
          q = f32x4.add(f32x4.mul(l, f32x4.sub(hn, f32x4.mul(x1, Bn))), v128.load(K + at, 16));
          s1 = f32x4.add(s1, f32x4.mul(q, v128.load(A2 + at, 16)));
          v128.store(dABlock + at, f32x4.add(v128.load(dABlock + at, 16), f32x4.mul(dt1, q)), 16);
          v128.store(V + at, f32x4.mul(v128.load(aRow + at, 16), l), 16);

          hn = v128.load(hRow + at, 32);
          l = f32x4.add(f32x4.mul(Cn, g2), v128.load(V + at, 32));
          sumB = f32x4.add(sumB, f32x4.mul(l, x2));
          sumC = f32x4.add(sumC, f32x4.mul(g2, hn));
          b2 = f32x4.add(b2, f32x4.mul(l, Bn));
          q = f32x4.add(f32x4.mul(l, f32x4.sub(hn, f32x4.mul(x2, Bn))), v128.load(K + at, 32));
          s2 = f32x4.add(s2, f32x4.mul(q, v128.load(A2 + at, 32)));
          v128.store(dABlock + at, f32x4.add(v128.load(dABlock + at, 32), f32x4.mul(dt2, q)), 32);
          v128.store(V + at, f32x4.mul(v128.load(aRow + at, 32), l), 32);

          hn = v128.load(hRow + at, 48);
          l = f32x4.add(f32x4.mul(Cn, g3), v128.load(V + at, 48));
          sumB = f32x4.add(sumB, f32x4.mul(l, x3));
          sumC = f32x4.add(sumC, f32x4.mul(g3, hn));
          b3 = f32x4.add(b3, f32x4.mul(l, Bn));
          q = f32x4.add(f32x4.mul(l, f32x4.sub(hn, f32x4.mul(x3, Bn))), v128.load(K + at, 48));
          s3 = f32x4.add(s3, f32x4.mul(q, v128.load(A2 + at, 48)));
          v128.store(dABlock + at, f32x4.add(v128.load(dABlock + at, 48), f32x4.mul(dt3, q)), 48);
          v128.store(V + at, f32x4.mul(v128.load(aRow + at, 48), l), 48);

          // both horizontal sums at once: lane 0 becomes Σ sumB, lane 1 Σ sumC
          let pair = f32x4.add(
            v128.shuffle<f32>(sumB, sumC, 0, 4, 1, 5),
            v128.shuffle<f32>(sumB, sumC, 2, 6, 3, 7),
          );
          pair = f32x4.add(pair, v128.shuffle<f32>(pair, pair, 2, 3, 2, 3));
          store<f32>(dB + bc + n, load<f32>(dB + bc + n) + f32x4.extract_lane(pair, 0));
          store<f32>(dC + bc + n, load<f32>(dC + bc + n) + f32x4.extract_lane(pair, 1));
          at += ROW;
        }
        v128.store(outU, b0);
        v128.store(outU, b1, 16);
        v128.store(outU, b2, 32);
        v128.store(outU, b3, 48);
        v128.store(outDelta, s0);
        v128.store(outDelta, s1, 16);
        v128.store(outDelta, s2, 32);
        v128.store(outDelta, s3, 48);
        loadBlock(delta + offset + <usize>pixel * <usize>deltaStride * 4, count, raw);
        for (let i: usize = 0; i < ROW; i += 16) {
          const lb = v128.load(outU + i);
          const g = v128.load(dys + row + i);
          const ut = v128.load(us + row + i);
          // A2 carries log2(e): one factor ln 2 brings Σ A q back
          let ddt = f32x4.add(
            f32x4.mul(v128.load(outDelta + i), f32x4.splat(0.6931471805599453)),
            f32x4.mul(ut, lb),
          );
          if (useSoftplus)
            ddt = f32x4.mul(ddt, sigmoid(f32x4.add(v128.load(raw + i), v128.load(biasBlock + i))));
          v128.store(outDelta + i, ddt);
          v128.store(dBiasBlock + i, f32x4.add(v128.load(dBiasBlock + i), ddt));
          v128.store(dDBlock + i, f32x4.add(v128.load(dDBlock + i), f32x4.mul(g, ut)));
          v128.store(
            outU + i,
            f32x4.add(f32x4.mul(lb, v128.load(dts + row + i)), f32x4.mul(g, v128.load(DBlock + i))),
          );
        }
        storeBlock(du + offset + ((<usize>(pixel * channels)) << 2), count, outU, true);
        storeBlock(ddelta + offset + <usize>pixel * <usize>deltaStride * 4, count, outDelta, false);
      }

      // What each grid sends to the segment before.
      for (let g = 0; g < grids; g++) {
        const entry = segment + 12 + ((<usize>g) << 3);
        const carry = carries + <usize>load<i32>(entry) * stateBytes;
        if (load<i32>(entry, 4)) {
          memory.fill(carry, 0, stateBytes);
        } else if (grids > 1) {
          const w = v128.load32_splat(weights + ((<usize>g) << 2));
          for (let i: usize = 0; i < stateBytes; i += 16) {
            const own = f32x4.sub(v128.load(carry + i), f32x4.mul(w, v128.load(E + i)));
            v128.store(
              carry + i,
              f32x4.add(f32x4.mul(w, v128.load(V + i)), f32x4.mul(v128.load(P + i), own)),
            );
          }
        } else {
          memory.copy(carry, V, stateBytes);
        }
      }
    }

    for (let i = 0; i < count; i++)
      for (let n = 0; n < states; n++) {
        const at = dA + ((<usize>((first + i) * states + n)) << 2);
        store<f32>(at, load<f32>(at) + load<f32>(dABlock + <usize>n * ROW + ((<usize>i) << 2)));
      }
    storeBlock(dD + offset, count, dDBlock, true);
    storeBlock(dBias + offset, count, dBiasBlock, true);
  }
}
