import { expect, test } from 'vitest';
import { thinned } from '../src/index.js';

test.each([
  ['a rectangle whose width the first stride divides', 620, 256],
  ['a rectangle whose width two of them divide', 1147, 256],
  ['a square whose side it divides', 992, 992],
  ['a square', 256, 256],
])('pixels of every column are sampled of %s', (_, width, height) => {
  const columns = Float32Array.from({ length: width * height }, (_value, p) => p % width);
  expect(new Set(thinned(columns, width)).size).toBe(width);
});

test('a map is square where no width is given', () => {
  const map = Float32Array.from({ length: 992 * 992 }, (_, p) => p);
  expect(thinned(map)).toEqual(thinned(map, 992));
});
