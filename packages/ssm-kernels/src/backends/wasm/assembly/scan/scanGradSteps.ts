// The three traversals of the scan's gradient over a segment of one block (scanGrad.ts): forward for a_t, forward for the
// states and dC, and backward.
//
// The last two process one state at a time. V8 defers a sum to the end of a loop's body, so in a body of several states all
// terms of the sums are spilled to the stack; unrolled by hand the loops took a tenth longer.

import { madd } from '../maths/fused';
import { sumRows } from '../maths/lanes';
import { ROW, padded, pairBytes } from './blocks';
import { stepDecay } from './scan';

/** Bytes of a state in `cells`: one row each for the adjoint V, A and dA. */
export const CELL: usize = 3 * ROW;

/** Advances h over a segment and writes its a_t, [t][n][16]. */
// @ts-ignore: decorator
@inline
function advanceWith(
  within: bool, A2: usize, h: usize, as: usize, dts: usize, dus: usize, pairs: usize, states: i32, length: i32, constants: usize,
): void {
  const least = v128.load32_splat(constants);
  const rounder = v128.load32_splat(constants, 4);
  const c4 = v128.load32_splat(constants, 8);
  const c3 = v128.load32_splat(constants, 12);
  const c2 = v128.load32_splat(constants, 16);
  const c1 = v128.load32_splat(constants, 20);
  const one = v128.load32_splat(constants, 24);
  const stateBytes = <usize>padded(states) * ROW;
  for (let t = 0; t < length; t++) {
    for (let i: usize = 0; i < ROW; i += 16) {
      const dt = v128.load(dts + i);
      const du = v128.load(dus + i);
      let pA = A2 + i;
      let pa = as + i;
      let pH = h + i;
      let pair = pairs;
      let a: v128, x: v128;
      for (let n = states; n > 0; n -= 4) {
        a = stepDecay(within, dt, v128.load(pA, 0), least, rounder, c4, c3, c2, c1, one);
        v128.store(pa, a, 0);
        x = madd(du, v128.load32_splat(pair, 0), f32x4.mul(a, v128.load(pH, 0)));
        v128.store(pH, x, 0);
        a = stepDecay(within, dt, v128.load(pA, 64), least, rounder, c4, c3, c2, c1, one);
        v128.store(pa, a, 64);
        x = madd(du, v128.load32_splat(pair, 8), f32x4.mul(a, v128.load(pH, 64)));
        v128.store(pH, x, 64);
        a = stepDecay(within, dt, v128.load(pA, 128), least, rounder, c4, c3, c2, c1, one);
        v128.store(pa, a, 128);
        x = madd(du, v128.load32_splat(pair, 16), f32x4.mul(a, v128.load(pH, 128)));
        v128.store(pH, x, 128);
        a = stepDecay(within, dt, v128.load(pA, 192), least, rounder, c4, c3, c2, c1, one);
        v128.store(pa, a, 192);
        x = madd(du, v128.load32_splat(pair, 24), f32x4.mul(a, v128.load(pH, 192)));
        v128.store(pH, x, 192);
        pA += 4 * ROW;
        pa += 4 * ROW;
        pH += 4 * ROW;
        pair += 32;
      }
    }
    as += stateBytes;
    dts += ROW;
    dus += ROW;
    pairs += pairBytes(states);
  }
}

export function advance(
  A2: usize, h: usize, as: usize, dts: usize, dus: usize, pairs: usize, states: i32, length: i32, constants: usize,
): void {
  advanceWith(false, A2, h, as, dts, dus, pairs, states, length, constants);
}

/** advance where every |dt A| is within exp2Product's bound. */
export function advanceWithin(
  A2: usize, h: usize, as: usize, dts: usize, dus: usize, pairs: usize, states: i32, length: i32, constants: usize,
): void {
  advanceWith(true, A2, h, as, dts, dus, pairs, states, length, constants);
}

/** Adds the lane sums of this many vectors to every second four of `dPairs`. */
// @ts-ignore: decorator
@inline
function addSums(sums: usize, dPairs: usize, states: i32): void {
  for (let n = states; n > 0; n -= 4) {
    const four = sumRows(v128.load(sums), v128.load(sums, 16), v128.load(sums, 32), v128.load(sums, 48));
    v128.store(dPairs, f32x4.add(v128.load(dPairs), four));
    sums += 64;
    dPairs += 32;
  }
}

/** A segment's states from the state `before` it and its a_t, to hs, [t][n][16]; adds dC to every second four of `dPairs`. */
export function remake(
  before: usize, hs: usize, as: usize, dus: usize, dys: usize, pairs: usize, sums: usize, dPairs: usize, states: i32, length: i32,
): void {
  const stateBytes = <usize>padded(states) * ROW;
  for (let t = 0; t < length; t++) {
    const du0 = v128.load(dus), du1 = v128.load(dus, 16), du2 = v128.load(dus, 32), du3 = v128.load(dus, 48);
    const g0 = v128.load(dys), g1 = v128.load(dys, 16), g2 = v128.load(dys, 32), g3 = v128.load(dys, 48);
    let pa = as, pBefore = before, pH = hs, pair = pairs, sum = sums;
    let x: v128, s: v128, Bn: v128;
    for (let n = padded(states); n > 0; n--) {
      Bn = v128.load32_splat(pair, 0);
      x = madd(du0, Bn, f32x4.mul(v128.load(pa, 0), v128.load(pBefore, 0)));
      v128.store(pH, x, 0);
      s = f32x4.mul(g0, x);
      x = madd(du1, Bn, f32x4.mul(v128.load(pa, 16), v128.load(pBefore, 16)));
      v128.store(pH, x, 16);
      s = madd(g1, x, s);
      x = madd(du2, Bn, f32x4.mul(v128.load(pa, 32), v128.load(pBefore, 32)));
      v128.store(pH, x, 32);
      s = madd(g2, x, s);
      x = madd(du3, Bn, f32x4.mul(v128.load(pa, 48), v128.load(pBefore, 48)));
      v128.store(pH, x, 48);
      s = madd(g3, x, s);
      v128.store(sum, s, 0);
      pa += ROW;
      pBefore += ROW;
      pH += ROW;
      pair += 8;
      sum += 16;
    }
    addSums(sums, dPairs + 16, states);
    before = hs;
    hs += stateBytes;
    as += stateBytes;
    dus += ROW;
    dys += ROW;
    pairs += pairBytes(states);
    dPairs += pairBytes(states);
  }
}

/** Half of stepBack, for eight channels; the second half adds to the `sums` of the first. */
// @ts-ignore: decorator
@inline
function stepBackHalf(
  second: bool, cell: usize, before: usize, as: usize, dts: usize, dus: usize, dys: usize, pairs: usize, sums: usize,
  AK: usize, lBs: usize, Aqs: usize, states: i32,
): void {
  const dt0 = v128.load(dts), dt1 = v128.load(dts, 16);
  const du0 = v128.load(dus), du1 = v128.load(dus, 16);
  const g0 = v128.load(dys), g1 = v128.load(dys, 16);
  let lB0 = f32x4.splat(0), lB1 = lB0, Aq0 = v128.load(AK), Aq1 = v128.load(AK, 16);
  let l: v128, q: v128, s: v128, Bn: v128, Cn: v128;
  for (let n = padded(states); n > 0; n--) {
    Bn = v128.load32_splat(pairs, 0);
    Cn = v128.load32_splat(pairs, 4);
    l = madd(Cn, g0, v128.load(cell, 0));
    lB0 = madd(l, Bn, lB0);
    s = f32x4.mul(l, du0);
    l = f32x4.mul(l, v128.load(as, 0));
    v128.store(cell, l, 0);
    q = f32x4.mul(l, v128.load(before, 0));
    Aq0 = madd(q, v128.load(cell, 64), Aq0);
    v128.store(cell, madd(q, dt0, v128.load(cell, 128)), 128);
    l = madd(Cn, g1, v128.load(cell, 16));
    lB1 = madd(l, Bn, lB1);
    s = madd(l, du1, s);
    l = f32x4.mul(l, v128.load(as, 16));
    v128.store(cell, l, 16);
    q = f32x4.mul(l, v128.load(before, 16));
    Aq1 = madd(q, v128.load(cell, 80), Aq1);
    v128.store(cell, madd(q, dt1, v128.load(cell, 144)), 144);
    v128.store(sums, second ? f32x4.add(s, v128.load(sums, 0)) : s, 0);
    cell += CELL;
    as += ROW;
    before += ROW;
    pairs += 8;
    sums += 16;
  }
  v128.store(lBs, lB0);
  v128.store(lBs, lB1, 16);
  v128.store(Aqs, Aq0);
  v128.store(Aqs, Aq1, 16);
}

/**
 * Moves Λ back over one pixel. V of the cells is a_{t+1} Λ_{t+1} on entry, a_t Λ_t on return. With q = a_t Λ_t h_{t-1}: adds q dt
 * to dA, writes AK + Σ_n A q to `Aqs` and Σ_n Λ B to `lBs`, and adds dB to every second four of `dPairs`.
 */
export function stepBack(
  cells: usize, before: usize, as: usize, dts: usize, dus: usize, dys: usize, pairs: usize, sums: usize, dPairs: usize,
  AK: usize, lBs: usize, Aqs: usize, states: i32,
): void {
  stepBackHalf(false, cells, before, as, dts, dus, dys, pairs, sums, AK, lBs, Aqs, states);
  stepBackHalf(true, cells + 32, before + 32, as + 32, dts + 32, dus + 32, dys + 32, pairs, sums, AK + 32, lBs + 32, Aqs + 32, states);
  addSums(sums, dPairs, states);
}
