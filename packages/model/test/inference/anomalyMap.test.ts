import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  anomalyMap,
  cosineLevels,
  fuseLevels,
  gaussianFilter,
  resizeAlignCorners,
  type Features,
} from '../../src/index.js';
import { BACKENDS, expectClose, numbers, randomTensor, use } from '../kit.js';

const level = (height: number, width: number, data: ArrayLike<number>) => ({
  height,
  width,
  data: Float32Array.from(data),
});

describe('resizing with aligned corners', () => {
  test('keeps the corners and interpolates in equal steps', () => {
    const out = resizeAlignCorners(level(2, 2, [0, 3, 6, 9]), 4, 4);
    expectClose('map', out, [0, 1, 2, 3, 2, 3, 4, 5, 4, 5, 6, 7, 6, 7, 8, 9], 1e-12);
  });

  test('of one pixel, or to one pixel, returns the first, like PyTorch', () => {
    expect(Array.from(resizeAlignCorners(level(1, 1, [7]), 2, 3))).toEqual([7, 7, 7, 7, 7, 7]);
    expect(Array.from(resizeAlignCorners(level(2, 2, [1, 2, 3, 4]), 1, 1))).toEqual([1]);
  });

  test('to the same size changes nothing', () => {
    const data = numbers('map', 15);
    expectClose('map', resizeAlignCorners(level(3, 5, data), 3, 5), data, 1e-12);
  });
});

describe('the Gaussian filter', () => {
  /** The sum over all offsets in two dimensions, borders mirrored pixel by pixel. */
  function direct(map: Float64Array, h: number, w: number, sigma: number): Float64Array {
    const radius = Math.floor(4 * sigma + 0.5);
    const mirror = (i: number, n: number): number => {
      let at = i;
      while (at < 0 || at >= n) at = at < 0 ? -1 - at : 2 * n - 1 - at;
      return at;
    };
    return map.map((_, p) => {
      const [y, x] = [Math.floor(p / w), p % w];
      let [sum, total] = [0, 0];
      for (let a = -radius; a <= radius; a++)
        for (let b = -radius; b <= radius; b++) {
          const weight = Math.exp(-(a * a + b * b) / (2 * sigma * sigma));
          sum += weight * map[mirror(y + a, h) * w + mirror(x + b, w)]!;
          total += weight;
        }
      return sum / total;
    });
  }

  test.each([
    [9, 7, 1],
    [5, 12, 4],
    [1, 6, 2],
    [3, 3, 0.3],
  ])('of a %i×%i map with sigma %f equals the direct sum with mirrored borders', (h, w, sigma) => {
    const map = Float64Array.from(numbers('map', h * w));
    expectClose('map', gaussianFilter(map, h, w, sigma), direct(map, h, w, sigma), 1e-12);
  });

  test('keeps a constant map and the mean of any map', () => {
    const flat = gaussianFilter(new Float64Array(48).fill(2), 6, 8, 4);
    expectClose('map', flat, new Float64Array(48).fill(2), 1e-12);
    const map = Float64Array.from(numbers('map', 48));
    const mean = (m: Float64Array): number => m.reduce((a, b) => a + b, 0) / m.length;
    expect(mean(gaussianFilter(map, 6, 8, 2))).toBeCloseTo(mean(map), 12);
  });
});

describe('the anomaly map', () => {
  test('is the sum of three levels over nine; the score is its maximum', () => {
    const levels = [level(2, 2, [1, 1, 1, 1]), level(1, 1, [2]), level(1, 1, [0.6])];
    expectClose('map', fuseLevels(levels, 4, 6), new Float64Array(24).fill(0.4), 1e-6);
    const { maps, scores } = anomalyMap(
      [levels, [level(1, 1, [0]), level(1, 1, [0]), level(1, 1, [0])]],
      4,
      6,
      2,
    );
    expect(maps.map((m) => m.length)).toEqual([24, 24]);
    expect(scores[0]).toBeCloseTo(0.4, 6);
    expect(scores[1]).toBe(0);
  });

  test('is brightest where the level is', () => {
    const data = new Float32Array(64);
    data[2 * 8 + 5] = 1;
    const { maps, scores } = anomalyMap([[level(8, 8, data)]], 64, 64, 2);
    const at = maps[0]!.indexOf(Math.max(...maps[0]!));
    expect([Math.floor(at / 64), at % 64]).toEqual([18, 45]);
    expect(scores[0]).toBeCloseTo(maps[0]![at]!, 6);
  });
});

describe.each(BACKENDS)('the cosine distance on %s', (backend) => {
  beforeAll(() => use(backend));

  test('is 1 − cosine for each pixel, 0 for parallel, 1 for zero, 2 for opposite vectors', async () => {
    const t = tf.tensor4d([1, 2, 2, 0, 3, 0, 1, -1, 1, 5, 0, 0], [1, 2, 2, 3]);
    const s = tf.tensor4d([2, 4, 4, 0, 0, 0, -1, 1, -1, 0, 4, 3], [1, 2, 2, 3]);
    const maps = await cosineLevels([t, t, t] as Features, [s, s, s] as Features);
    expect(maps).toHaveLength(1);
    expect(maps[0]!.map(({ height, width }) => [height, width])).toEqual([
      [2, 2],
      [2, 2],
      [2, 2],
    ]);
    for (const { data } of maps[0]!) expectClose('map', data, [0, 1, 2, 1], 1e-6);
  });

  test('keeps pictures separate and leaks no tensor', async () => {
    const shapes = [
      [2, 4, 2, 3],
      [2, 2, 1, 5],
      [2, 1, 1, 2],
    ];
    const t = shapes.map((shape, i) => randomTensor('t' + i, shape)) as Features;
    const s = shapes.map((shape, i) => randomTensor('s' + i, shape)) as Features;
    const before = tf.memory().numTensors;
    const maps = await cosineLevels(t, s);
    expect(tf.memory().numTensors).toBe(before);
    shapes.forEach(([, h, w, c], i) => {
      const [a, b] = [t[i]!.dataSync(), s[i]!.dataSync()];
      for (const n of [0, 1]) {
        const want = Array.from({ length: h! * w! }, (_, p) => {
          const at = (n * h! * w! + p) * c!;
          let [ab, aa, bb] = [0, 0, 0];
          for (let k = at; k < at + c!; k++) {
            ab += a[k]! * b[k]!;
            aa += a[k]! ** 2;
            bb += b[k]! ** 2;
          }
          return 1 - ab / Math.sqrt(aa * bb);
        });
        expectClose(`level ${i}, picture ${n}`, maps[n]![i]!.data, want, 1e-5);
      }
    });
  });
});
