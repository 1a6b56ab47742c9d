import { describe, expect, test } from 'vitest';
import { fromHalf, halfBits, halfValue, toHalf } from '../../src/files/features/half.js';

const isNaNHalf = (half: number) => (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;

/** The oracle: the finite halves as a sorted list of values, searched for the nearest one, ties to the even fraction. */
const POSITIVE = Array.from({ length: 0x7c00 }, (_, half) => halfValue(half));

function nearest(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  // the next value above the largest half would be 65536; from the midpoint on a value is infinite
  if (size >= 65520) return sign | 0x7c00;
  let low = 0;
  let high = POSITIVE.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (POSITIVE[middle]! <= size) low = middle;
    else high = middle;
  }
  const below = size - POSITIVE[low]!;
  const above = POSITIVE[high]! - size;
  const pick = below < above ? low : above < below ? high : low % 2 === 0 ? low : high;
  return sign | pick;
}

describe('half precision', () => {
  test('each of the 65536 half floats survives a round trip through float32', () => {
    for (let half = 0; half < 0x10000; half++) {
      const value = halfValue(half);
      if (isNaNHalf(half)) {
        expect(value).toBeNaN();
        expect(isNaNHalf(halfBits(value))).toBe(true);
      } else if (halfBits(value) !== half || Math.fround(value) !== value) {
        expect.fail(`half ${half} became ${halfBits(value)}`);
      }
    }
  });

  test('values between two adjacent half floats round to the nearer one, ties to the even one', () => {
    for (let half = 0; half < 0x7bff; half++) {
      const a = halfValue(half);
      const b = halfValue(half + 1);
      const tie = (a + b) / 2;
      for (const value of [tie, a + (b - a) * 0.499, a + (b - a) * 0.501, -tie]) {
        const single = Math.fround(value);
        if (halfBits(single) !== nearest(single)) {
          expect.fail(`${single}: got ${halfBits(single)}, wanted ${nearest(single)}`);
        }
      }
    }
  });

  test('known values have the expected bits', () => {
    expect(halfBits(1)).toBe(0x3c00);
    expect(halfBits(-2)).toBe(0xc000);
    expect(halfBits(65504)).toBe(0x7bff);
    expect(halfBits(65519.99609375)).toBe(0x7bff);
    expect(halfBits(65520)).toBe(0x7c00);
    expect(halfBits(-Infinity)).toBe(0xfc00);
    expect(halfBits(-0)).toBe(0x8000);
    expect(halfBits(2 ** -24)).toBe(1);
    expect(halfBits(2 ** -25)).toBe(0);
    expect(halfBits(Math.fround(2 ** -25 * 1.0000002))).toBe(1);
    expect(halfBits(1e-45)).toBe(0);
    expect(Object.is(halfValue(0x8000), -0)).toBe(true);
  });

  test('arrays are converted element by element into a new array', () => {
    const halves = toHalf(Float32Array.of(1, 0.1, -3.5));
    const out = new Float32Array(5).fill(9);
    fromHalf(halves, out, 1);
    expect([...out]).toEqual([9, 1, halfValue(halfBits(0.1)), -3.5, 9]);
  });
});
