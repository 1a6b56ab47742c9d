// The layer normalisation of each row of a (rows, c) matrix, times a gate: y = (n·gamma + beta)·silu(z), n as in layerNorm.ts.
// A separate loop computes a row's sigmoids and keeps them in an output until they are used: in the same loop as the rest of
// the row's work their constants would not fit into the registers. `scratch` holds SIGMOID_CONSTANTS floats.
import { madd, nmadd } from '../maths/fused';
import { rowMean, rowScale } from './layerNorm';
import { floats, loadOne, storeOne, sumLanes, vectorBytes, zero } from '../maths/lanes';
import { sigmoids, storeSigmoidConstants } from '../maths/sigmoid';
import { slopeFrom } from '../maths/silu';

export function layerNormGate(
  x: usize,
  gamma: usize,
  beta: usize,
  z: usize,
  y: usize,
  scratch: usize,
  rows: i32,
  c: i32,
  epsilon: f32,
): void {
  const end = floats(c);
  const body = vectorBytes(c);
  storeSigmoidConstants(scratch);
  for (let r = 0; r < rows; r++) {
    sigmoids(z, y, c, scratch);
    const mean = rowMean(x, c);
    const means = f32x4.splat(mean);
    const scales = f32x4.splat(rowScale(x, c, mean, epsilon));
    let i: usize = 0;
    for (; i < body; i += 16) {
      const n = f32x4.mul(f32x4.sub(v128.load(x + i), means), scales);
      const normed = madd(n, v128.load(gamma + i), v128.load(beta + i));
      const silu = f32x4.mul(v128.load(z + i), v128.load(y + i));
      v128.store(y + i, f32x4.mul(normed, silu));
    }
    for (; i < end; i += 4) {
      const n = f32x4.mul(f32x4.sub(loadOne(x + i), means), scales);
      const normed = madd(n, loadOne(gamma + i), loadOne(beta + i));
      const silu = f32x4.mul(loadOne(z + i), loadOne(y + i));
      storeOne(y + i, f32x4.mul(normed, silu));
    }
    x += end;
    z += end;
    y += end;
  }
}

/**
 * With d = dy·silu(z) and g = d·gamma: dx = (g − mean(g) − n·mean(g·n)) / √(variance + ε); dgamma = Σ d·n; dbeta = Σ d;
 * dz = dy·(n·gamma + beta)·silu′(z).
 */
export function layerNormGateGrad(
  x: usize,
  gamma: usize,
  beta: usize,
  z: usize,
  dy: usize,
  dx: usize,
  dGamma: usize,
  dBeta: usize,
  dz: usize,
  scratch: usize,
  rows: i32,
  c: i32,
  epsilon: f32,
): void {
  const end = floats(c);
  const body = vectorBytes(c);
  storeSigmoidConstants(scratch);
  const inverse: f32 = <f32>1 / <f32>c;
  zero(dGamma, c);
  zero(dBeta, c);
  for (let r = 0; r < rows; r++) {
    sigmoids(z, dz, c, scratch);
    const mean = rowMean(x, c);
    const means = f32x4.splat(mean);
    const scales = f32x4.splat(rowScale(x, c, mean, epsilon));
    let sumG = f32x4.splat(0);
    let sumGN = f32x4.splat(0);
    let i: usize = 0;
    // dx holds g until its means are known
    for (; i < body; i += 16) {
      const gate = v128.load(z + i);
      const incoming = v128.load(dy + i);
      const weight = v128.load(gamma + i);
      const n = f32x4.mul(f32x4.sub(v128.load(x + i), means), scales);
      const s = v128.load(dz + i);
      const silu = f32x4.mul(gate, s);
      const d = f32x4.mul(incoming, silu);
      const g = f32x4.mul(d, weight);
      const normed = madd(n, weight, v128.load(beta + i));
      v128.store(dz + i, f32x4.mul(f32x4.mul(incoming, normed), slopeFrom(silu, s)));
      v128.store(dGamma + i, madd(d, n, v128.load(dGamma + i)));
      v128.store(dBeta + i, f32x4.add(v128.load(dBeta + i), d));
      v128.store(dx + i, g);
      sumG = f32x4.add(sumG, g);
      sumGN = madd(g, n, sumGN);
    }
    let meanG = sumLanes(sumG);
    let meanGN = sumLanes(sumGN);
    for (; i < end; i += 4) {
      const gate = loadOne(z + i);
      const incoming = loadOne(dy + i);
      const weight = loadOne(gamma + i);
      const n = f32x4.mul(f32x4.sub(loadOne(x + i), means), scales);
      const s = loadOne(dz + i);
      const silu = f32x4.mul(gate, s);
      const d = f32x4.mul(incoming, silu);
      const g = f32x4.mul(d, weight);
      const normed = madd(n, weight, loadOne(beta + i));
      storeOne(dz + i, f32x4.mul(f32x4.mul(incoming, normed), slopeFrom(silu, s)));
      storeOne(dGamma + i, madd(d, n, loadOne(dGamma + i)));
      storeOne(dBeta + i, f32x4.add(loadOne(dBeta + i), d));
      storeOne(dx + i, g);
      meanG += f32x4.extract_lane(g, 0);
      meanGN += f32x4.extract_lane(f32x4.mul(g, n), 0);
    }
    const meansG = f32x4.splat(meanG * inverse);
    const meansGN = f32x4.splat(meanGN * inverse);
    i = 0;
    for (; i < body; i += 16) {
      const n = f32x4.mul(f32x4.sub(v128.load(x + i), means), scales);
      const g = f32x4.sub(v128.load(dx + i), meansG);
      v128.store(dx + i, f32x4.mul(nmadd(n, meansGN, g), scales));
    }
    for (; i < end; i += 4) {
      const n = f32x4.mul(f32x4.sub(loadOne(x + i), means), scales);
      const g = f32x4.sub(loadOne(dx + i), meansG);
      storeOne(dx + i, f32x4.mul(nmadd(n, meansGN, g), scales));
    }
    x += end;
    z += end;
    dy += end;
    dx += end;
    dz += end;
  }
}
