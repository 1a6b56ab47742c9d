import { expect, test } from 'vitest';
import { sortScores } from '../src/counting/sort.js';
import { seeded } from './random.js';

test('sortScores orders like the built-in sort around the length where it switches to radix sort', () => {
  const random = seeded(3);
  for (const length of [0, 1, 2, 4095, 4096, 4097, 50_000]) {
    for (const kind of [Float32Array, Float64Array]) {
      const values = new kind(length).map((_, i) => (random() - 0.5) * 10 ** ((i % 60) - 30));
      const want = values.toSorted();
      sortScores(values);
      expect(values).toEqual(want);
    }
  }
});

test('sortScores sorts a window of a larger buffer and leaves the rest unchanged', () => {
  const random = seeded(4);
  const whole = Float32Array.from({ length: 5002 }, () => random());
  const before = whole.slice();
  const window = whole.subarray(1, 5001);
  sortScores(window);
  expect(window).toEqual(before.subarray(1, 5001).toSorted());
  expect([whole[0], whole[5001]]).toEqual([before[0], before[5001]]);
});

test('sortScores keeps the extremes of float32, subnormals among them, and every repetition', () => {
  const extremes = [
    -3.4028234663852886e38, -1, -1e-45, 0, 1e-45, 1.1754943508222875e-38, 1, 3.4028234663852886e38,
  ];
  const values = Float32Array.from({ length: 8000 }, (_, i) => extremes[(i * 5) % 8]!);
  sortScores(values);
  expect([...values]).toEqual(extremes.flatMap((value) => Array<number>(1000).fill(Math.fround(value))));
});
