// Intervals of a share that was seen in some pictures.
import { expect, test } from 'vitest';
import { between, wilson } from '../src/selfTest/interval.js';

test('an interval never reads as never or always where it is not', () => {
  expect(
    [
      [0, 20],
      [0, 5572],
      [5572, 5572],
      [0, 0],
    ].map(([hits, count]) => between(wilson(hits!, count!))),
  ).toEqual(['0 to 16 %', '0 to 0.1 %', '99.9 to 100 %', '0 to 100 %']);
  expect(between([0, 0])).toBe('0 to 0 %');
});

test('an interval is wide where pictures are few', () => {
  expect(wilson(0, 0)).toEqual([0, 1]);
  // Wilson 1927, as in Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29
  for (const [hits, count, low, high] of [
    [81, 263, 0.2553, 0.3662],
    [15, 148, 0.0624, 0.1605],
    [0, 20, 0, 0.1611],
    [1, 29, 0.0061, 0.1718],
  ] as const) {
    const [l, h] = wilson(hits, count);
    expect(l).toBeCloseTo(low, 4);
    expect(h).toBeCloseTo(high, 4);
  }
});
