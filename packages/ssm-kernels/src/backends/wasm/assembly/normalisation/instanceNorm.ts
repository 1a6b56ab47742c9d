// Instance normalisation: n = (x − mean) / √(variance + ε) over the pixels of each picture and channel, biased variance;
// y = n, or silu(n) if `activate` is not 0. Pictures are (b, pixels, c); `scratch` holds 5·c floats.
import { madd, nmadd } from '../maths/fused';
import {
  addCompensated,
  addCompensatedOne,
  meanAndVariance,
  normal,
  normalOne,
  toScales,
} from './channelStatistics';
import { floats, vectorBytes, zero } from '../maths/lanes';
import { siluOf, siluSlope } from '../maths/silu';

export function instanceNorm(
  x: usize,
  y: usize,
  scratch: usize,
  batch: i32,
  pixels: i32,
  c: i32,
  epsilon: f32,
  activate: i32,
): void {
  const row = floats(c);
  const body = vectorBytes(c);
  const means = scratch;
  const scales = scratch + row;
  for (let b = 0; b < batch; b++) {
    meanAndVariance(x, means, scales, pixels, c);
    toScales(scales, scales, c, epsilon);
    for (let p = 0; p < pixels; p++) {
      let i: usize = 0;
      if (activate) {
        for (; i < body; i += 16) v128.store(y + i, siluOf(normal(x + i, means + i, scales + i)));
        for (; i < row; i += 4)
          store<f32>(y + i, f32x4.extract_lane(siluOf(normalOne(x + i, means + i, scales + i)), 0));
      } else {
        for (; i < body; i += 16) v128.store(y + i, normal(x + i, means + i, scales + i));
        for (; i < row; i += 4)
          store<f32>(y + i, f32x4.extract_lane(normalOne(x + i, means + i, scales + i), 0));
      }
      x += row;
      y += row;
    }
  }
}

/** With g the gradient of n: dx = (g − mean(g) − n·mean(g·n)) / √(variance + ε). */
export function instanceNormGrad(
  x: usize,
  dy: usize,
  dx: usize,
  scratch: usize,
  batch: i32,
  pixels: i32,
  c: i32,
  epsilon: f32,
  activate: i32,
): void {
  const row = floats(c);
  const body = vectorBytes(c);
  const means = scratch;
  const scales = means + row;
  const meansG = scales + row;
  const meansGN = meansG + row;
  const compensation = meansGN + row;
  const inverse: f32 = <f32>1 / <f32>pixels;
  for (let b = 0; b < batch; b++) {
    meanAndVariance(x, means, scales, pixels, c);
    toScales(scales, scales, c, epsilon);
    zero(meansG, 3 * c);
    // dx holds g until its means are known
    for (let p = 0; p < pixels; p++) {
      const at = <usize>p * row;
      for (let i: usize = 0; i < body; i += 16) {
        const n = normal(x + at + i, means + i, scales + i);
        let g = v128.load(dy + at + i);
        if (activate) g = f32x4.mul(g, siluSlope(n));
        v128.store(dx + at + i, g);
        addCompensated(meansG + i, compensation + i, g);
        v128.store(meansGN + i, madd(g, n, v128.load(meansGN + i)));
      }
      for (let i = body; i < row; i += 4) {
        const n = normalOne(x + at + i, means + i, scales + i);
        let g = load<f32>(dy + at + i);
        if (activate) g *= f32x4.extract_lane(siluSlope(n), 0);
        store<f32>(dx + at + i, g);
        addCompensatedOne(meansG + i, compensation + i, g);
        store<f32>(meansGN + i, load<f32>(meansGN + i) + g * f32x4.extract_lane(n, 0));
      }
    }
    for (let i: usize = 0; i < 2 * row; i += 4) store<f32>(meansG + i, load<f32>(meansG + i) * inverse);
    for (let p = 0; p < pixels; p++) {
      let i: usize = 0;
      for (; i < body; i += 16) {
        const n = normal(x + i, means + i, scales + i);
        const g = f32x4.sub(v128.load(dx + i), v128.load(meansG + i));
        v128.store(
          dx + i,
          f32x4.mul(nmadd(n, v128.load(meansGN + i), g), v128.load(scales + i)),
        );
      }
      for (; i < row; i += 4) {
        const n = f32x4.extract_lane(normalOne(x + i, means + i, scales + i), 0);
        const g = load<f32>(dx + i) - load<f32>(meansG + i);
        store<f32>(dx + i, (g - n * load<f32>(meansGN + i)) * load<f32>(scales + i));
      }
      x += row;
      dy += row;
      dx += row;
    }
  }
}
