// Layer normalisation of each row of a (rows, c) matrix: y = (x − mean) / √(variance + ε) · gamma + beta, biased variance.
import { madd, nmadd } from '../maths/fused';
import { floats, sumLanes, vectorBytes, zero } from '../maths/lanes';

export function layerNorm(
  x: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  rows: i32,
  c: i32,
  epsilon: f32,
): void {
  const end = floats(c);
  const body = vectorBytes(c);
  for (let r = 0; r < rows; r++) {
    const mean = rowMean(x, c);
    const scale = rowScale(x, c, mean, epsilon);
    const means = f32x4.splat(mean);
    const scales = f32x4.splat(scale);
    let i: usize = 0;
    for (; i < body; i += 16) {
      const normal = f32x4.mul(f32x4.sub(v128.load(x + i), means), scales);
      v128.store(y + i, madd(normal, v128.load(gamma + i), v128.load(beta + i)));
    }
    for (; i < end; i += 4)
      store<f32>(y + i, (load<f32>(x + i) - mean) * scale * load<f32>(gamma + i) + load<f32>(beta + i));
    x += end;
    y += end;
  }
}

/** With n the normalised row and g = dy·gamma: dx = (g − mean(g) − n·mean(g·n)) / √(variance + ε); dgamma = Σ dy·n; dbeta = Σ dy. */
export function layerNormGrad(
  x: usize,
  gamma: usize,
  dy: usize,
  dx: usize,
  dGamma: usize,
  dBeta: usize,
  rows: i32,
  c: i32,
  epsilon: f32,
): void {
  const end = floats(c);
  const body = vectorBytes(c);
  zero(dGamma, c);
  zero(dBeta, c);
  for (let r = 0; r < rows; r++) {
    const mean = rowMean(x, c);
    const scale = rowScale(x, c, mean, epsilon);
    const means = f32x4.splat(mean);
    const scales = f32x4.splat(scale);
    let sumG = f32x4.splat(0);
    let sumGN = f32x4.splat(0);
    let i: usize = 0;
    for (; i < body; i += 16) {
      const d = v128.load(dy + i);
      const normal = f32x4.mul(f32x4.sub(v128.load(x + i), means), scales);
      const dn = f32x4.mul(d, normal);
      const weight = v128.load(gamma + i);
      v128.store(dGamma + i, f32x4.add(v128.load(dGamma + i), dn));
      v128.store(dBeta + i, f32x4.add(v128.load(dBeta + i), d));
      sumG = madd(d, weight, sumG);
      sumGN = madd(dn, weight, sumGN);
    }
    let meanG = sumLanes(sumG);
    let meanGN = sumLanes(sumGN);
    for (; i < end; i += 4) {
      const d = load<f32>(dy + i);
      const dn = d * (load<f32>(x + i) - mean) * scale;
      store<f32>(dGamma + i, load<f32>(dGamma + i) + dn);
      store<f32>(dBeta + i, load<f32>(dBeta + i) + d);
      meanG += d * load<f32>(gamma + i);
      meanGN += dn * load<f32>(gamma + i);
    }
    meanG /= <f32>c;
    meanGN /= <f32>c;
    const meansG = f32x4.splat(meanG);
    const meansGN = f32x4.splat(meanGN);
    i = 0;
    for (; i < body; i += 16) {
      const g = f32x4.mul(v128.load(dy + i), v128.load(gamma + i));
      const normal = f32x4.mul(f32x4.sub(v128.load(x + i), means), scales);
      v128.store(dx + i, f32x4.mul(nmadd(normal, meansGN, f32x4.sub(g, meansG)), scales));
    }
    for (; i < end; i += 4) {
      const g = load<f32>(dy + i) * load<f32>(gamma + i);
      const normal = (load<f32>(x + i) - mean) * scale;
      store<f32>(dx + i, (g - meanG - normal * meanGN) * scale);
    }
    x += end;
    dy += end;
    dx += end;
  }
}

// Four sums at a time, because a single sum waits for its last addition.

export function rowMean(x: usize, c: i32): f32 {
  const end = floats(c);
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  let i: usize = 0;
  for (; i + 64 <= end; i += 64) {
    sum0 = f32x4.add(sum0, v128.load(x + i));
    sum1 = f32x4.add(sum1, v128.load(x + i, 16));
    sum2 = f32x4.add(sum2, v128.load(x + i, 32));
    sum3 = f32x4.add(sum3, v128.load(x + i, 48));
  }
  for (; i + 16 <= end; i += 16) sum0 = f32x4.add(sum0, v128.load(x + i));
  let sum = sumLanes(f32x4.add(f32x4.add(sum0, sum1), f32x4.add(sum2, sum3)));
  for (; i < end; i += 4) sum += load<f32>(x + i);
  return sum / <f32>c;
}

// @ts-ignore: decorator
@inline
function squaredDeviation(x: v128, means: v128): v128 {
  const deviation = f32x4.sub(x, means);
  return f32x4.mul(deviation, deviation);
}

/** 1 / √(variance + ε); the variance from the deviations, which is precise for a large mean. */
export function rowScale(x: usize, c: i32, mean: f32, epsilon: f32): f32 {
  const end = floats(c);
  const means = f32x4.splat(mean);
  let sum0 = f32x4.splat(0);
  let sum1 = sum0;
  let sum2 = sum0;
  let sum3 = sum0;
  let i: usize = 0;
  for (; i + 64 <= end; i += 64) {
    sum0 = f32x4.add(sum0, squaredDeviation(v128.load(x + i), means));
    sum1 = f32x4.add(sum1, squaredDeviation(v128.load(x + i, 16), means));
    sum2 = f32x4.add(sum2, squaredDeviation(v128.load(x + i, 32), means));
    sum3 = f32x4.add(sum3, squaredDeviation(v128.load(x + i, 48), means));
  }
  for (; i + 16 <= end; i += 16) sum0 = f32x4.add(sum0, squaredDeviation(v128.load(x + i), means));
  let sum = sumLanes(f32x4.add(f32x4.add(sum0, sum1), f32x4.add(sum2, sum3)));
  for (; i < end; i += 4) {
    const deviation = load<f32>(x + i) - mean;
    sum += deviation * deviation;
  }
  return <f32>1 / sqrt<f32>(sum / <f32>c + epsilon);
}
