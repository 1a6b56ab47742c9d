import { expect, test } from 'vitest';
import { isBlank } from '../src/index.js';

const picture = (pixel: (i: number) => readonly [number, number, number]) => ({
  width: 8,
  height: 8,
  data: Uint8Array.from(Array.from({ length: 64 }, (_, i) => pixel(i)).flat()),
});

test.each([
  ['black', picture(() => [0, 0, 0]), true],
  ['one colour', picture(() => [200, 30, 90]), true],
  ['one colour with a little noise', picture((i) => [200 + (i % 4), 30, 90]), true],
  ['dark with noise', picture((i) => [i % 8, (i * 3) % 9, (i * 5) % 7]), true],
  ['a faint texture', picture((i) => [120 + (i % 6), 120, 120]), false],
  ['dark but for one pixel', picture((i) => (i === 40 ? [0, 90, 0] : [0, 0, 0])), false],
])('%s', (_, given, blank) => {
  expect(isBlank(given)).toBe(blank);
});
