import { tensor4d, type Tensor4D } from '@tensorflow/tfjs-core';
import type { RandomStream } from '../../random/streams.js';

/** Noise of one octave: random numbers on a grid of `cell` pixels, bilinear between them; values within ±1. */
function octave(size: number, cell: number, random: RandomStream): Float64Array {
  const side = Math.ceil(size / cell) + 2;
  const grid = Float64Array.from({ length: side * side }, () => 2 * random.uniform() - 1);
  const out = new Float64Array(size * size);
  for (let y = 0; y < size; y++) {
    const gy = y / cell;
    const [y0, fy] = [Math.floor(gy), gy % 1];
    for (let x = 0; x < size; x++) {
      const gx = x / cell;
      const [x0, fx] = [Math.floor(gx), gx % 1];
      const at = y0 * side + x0;
      const top = grid[at]! * (1 - fx) + grid[at + 1]! * fx;
      const bottom = grid[at + side]! * (1 - fx) + grid[at + side + 1]! * fx;
      out[y * size + x] = top * (1 - fy) + bottom * fy;
    }
  }
  return out;
}

/** 1/f noise: octaves from the whole picture to single pixels, each with an amplitude proportional to its cell size. */
function cloud(size: number, random: RandomStream): Float64Array {
  const out = new Float64Array(size * size);
  for (let cell = size / 2; cell >= 1; cell /= 2) {
    const strength = (2 * cell) / size;
    const layer = octave(size, cell, random);
    for (let i = 0; i < out.length; i++) out[i] = out[i]! + Math.sqrt(strength) * layer[i]!;
  }
  return out;
}

/** Whether a pixel is in a random shape: a disc, a half-plane or a stripe. */
function shape(size: number, random: RandomStream): (x: number, y: number) => boolean {
  const kind = Math.floor(3 * random.uniform());
  const [cx, cy] = [random.uniform() * size, random.uniform() * size];
  const extent = (0.03 + 0.27 * random.uniform() ** 2) * size;
  const angle = 2 * Math.PI * random.uniform();
  const [dx, dy] = [Math.cos(angle), Math.sin(angle)];
  const across = (x: number, y: number): number => (x - cx) * dx + (y - cy) * dy;
  if (kind === 0) return (x, y) => Math.hypot(x - cx, y - cy) < extent;
  if (kind === 1) return (x, y) => across(x, y) > 0;
  return (x, y) => Math.abs(across(x, y)) < extent / 4;
}

/**
 * Pictures with the common statistics of photographs: coloured 1/f noise, and plain shapes with edges. They calibrate the
 * response of each channel of an untrained encoder.
 *
 * @returns (count, size, size, 3), with mean about 0 and variance about 1 overall
 */
export function calibrationImages(count: number, size: number, random: RandomStream): Tensor4D {
  const data = new Float32Array(count * size * size * 3);
  for (let n = 0; n < count; n++) {
    const contrast = 0.3 + random.uniform();
    const base = [0, 1, 2].map(() => 1.2 * (2 * random.uniform() - 1));
    const common = cloud(size, random);
    const own = [0, 1, 2].map(() => cloud(size, random));
    const shapes = Array.from({ length: 2 + Math.floor(6 * random.uniform()) }, () => ({
      inside: shape(size, random),
      colour: [0, 1, 2].map(() => 1.6 * (2 * random.uniform() - 1)),
    }));
    for (let y = 0; y < size; y++)
      for (let x = 0; x < size; x++) {
        const pixel = y * size + x;
        const colour = shapes.findLast(({ inside }) => inside(x, y))?.colour ?? base;
        for (let c = 0; c < 3; c++)
          data[(n * size * size + pixel) * 3 + c] =
            colour[c]! + contrast * (common[pixel]! + 0.3 * own[c]![pixel]!);
      }
  }
  return tensor4d(data, [count, size, size, 3]);
}
