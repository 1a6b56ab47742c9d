// Batch normalisation of a (rows, c) matrix in training: n = (x − mean) / √(variance + ε) over the rows, y = n·gamma + beta.
// `scratch` holds 3·c floats.
import { madd, nmadd } from '../maths/fused';
import { meanAndVariance, normal, normalOne, toScales } from './channelStatistics';
import { floats, vectorBytes, zero } from '../maths/lanes';

export function batchNormTrain(
  x: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  means: usize,
  variances: usize,
  scratch: usize,
  rows: i32,
  c: i32,
  epsilon: f32,
): void {
  const row = floats(c);
  const body = vectorBytes(c);
  const scales = scratch;
  meanAndVariance(x, means, variances, rows, c);
  toScales(variances, scales, c, epsilon);
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i < body; i += 16) {
      const n = normal(x + i, means + i, scales + i);
      v128.store(y + i, madd(n, v128.load(gamma + i), v128.load(beta + i)));
    }
    for (; i < row; i += 4) {
      const n = f32x4.extract_lane(normalOne(x + i, means + i, scales + i), 0);
      store<f32>(y + i, n * load<f32>(gamma + i) + load<f32>(beta + i));
    }
    x += row;
    y += row;
  }
}

/** dgamma = Σ dy·n; dbeta = Σ dy; dx = gamma·(dy − mean(dy) − n·mean(dy·n)) / √(variance + ε). */
export function batchNormTrainGrad(
  x: usize,
  gamma: usize,
  means: usize,
  variances: usize,
  dy: usize,
  dx: usize,
  dGamma: usize,
  dBeta: usize,
  scratch: usize,
  rows: i32,
  c: i32,
  epsilon: f32,
): void {
  const row = floats(c);
  const body = vectorBytes(c);
  const scales = scratch;
  const meansDy = scales + row;
  const meansDyN = meansDy + row;
  toScales(variances, scales, c, epsilon);
  zero(dGamma, c);
  zero(dBeta, c);
  for (let r = 0; r < rows; r++) {
    const at = <usize>r * row;
    let i: usize = 0;
    for (; i < body; i += 16) {
      const d = v128.load(dy + at + i);
      const n = normal(x + at + i, means + i, scales + i);
      v128.store(dGamma + i, madd(d, n, v128.load(dGamma + i)));
      v128.store(dBeta + i, f32x4.add(v128.load(dBeta + i), d));
    }
    for (; i < row; i += 4) {
      const d = load<f32>(dy + at + i);
      const n = f32x4.extract_lane(normalOne(x + at + i, means + i, scales + i), 0);
      store<f32>(dGamma + i, load<f32>(dGamma + i) + d * n);
      store<f32>(dBeta + i, load<f32>(dBeta + i) + d);
    }
  }
  for (let i: usize = 0; i < row; i += 4) {
    store<f32>(meansDy + i, load<f32>(dBeta + i) / <f32>rows);
    store<f32>(meansDyN + i, load<f32>(dGamma + i) / <f32>rows);
  }
  for (let r = 0; r < rows; r++) {
    let i: usize = 0;
    for (; i < body; i += 16) {
      const n = normal(x + i, means + i, scales + i);
      const centred = f32x4.sub(v128.load(dy + i), v128.load(meansDy + i));
      const g = nmadd(n, v128.load(meansDyN + i), centred);
      v128.store(dx + i, f32x4.mul(g, f32x4.mul(v128.load(gamma + i), v128.load(scales + i))));
    }
    for (; i < row; i += 4) {
      const n = f32x4.extract_lane(normalOne(x + i, means + i, scales + i), 0);
      const g = load<f32>(dy + i) - load<f32>(meansDy + i) - n * load<f32>(meansDyN + i);
      store<f32>(dx + i, g * load<f32>(gamma + i) * load<f32>(scales + i));
    }
    x += row;
    dy += row;
    dx += row;
  }
}
