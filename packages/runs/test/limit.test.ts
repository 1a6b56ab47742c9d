import { expect, test } from 'vitest';
import { limitText, multipleText, scoreOfLimit, scoreText } from '../src/index.js';

const at = (review: number) => ({ review, reject: 2 * review });

test('a score is shown as a multiple of the review threshold', () => {
  expect(scoreOfLimit(0.14, at(0.1))).toBeCloseTo(1.4, 12);
  expect(scoreText(0.14, at(0.1))).toBe('1.40 × limit');
  expect([0.001, 0.29, 1, 9.999, 12.34, 123.4].map((score) => multipleText(score, at(1)))).toEqual([
    '0.00',
    '0.29',
    '1.00',
    '9.99',
    '12.3',
    '123',
  ]);
});

test('a score below its limit never reads 1.00', () => {
  expect(limitText(0.99999999999, at(1))).toBe('0.99 × limit');
  expect(limitText(1 - Number.EPSILON, at(1))).toBe('0.99 × limit');
  expect(limitText(1, at(1))).toBe('1.00 × limit');
});

test.each([
  ['no thresholds', null],
  ['an infinite threshold', at(Infinity)],
  ['a threshold of zero', at(0)],
  ['a negative threshold', at(-1)],
  ['a threshold that is not a number', at(NaN)],
])('there is no multiple of %s, and words say so', (_, thresholds) => {
  expect(scoreOfLimit(0.5, thresholds)).toBeNull();
  expect(limitText(0.5, thresholds)).toBe('no limit');
  expect(scoreText(0.5, thresholds)).toBe('score 0.5000, no limit');
});
