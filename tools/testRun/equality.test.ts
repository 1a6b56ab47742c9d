import { describe, expect, test } from 'vitest';
import { sameBytes } from './equality.ts';

describe('typed arrays', () => {
  test('of the same bytes are equal, also within an object', () => {
    expect(sameBytes(Float32Array.of(1, NaN, -0), Float32Array.of(1, NaN, -0))).toBe(true);
    const part = Uint8Array.of(9, 1, 2, 9).subarray(1, 3);
    expect({ of: new Map([['w', part]]) }).toEqual({ of: new Map([['w', Uint8Array.of(1, 2)]]) });
  });

  test.each([
    ['numbers', Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 4)],
    ['lengths', Uint8Array.of(1, 2), Uint8Array.of(1, 2, 0)],
    ['types', Float32Array.of(0), Int32Array.of(0)],
    ['signs of zero', Float32Array.of(0), Float32Array.of(-0)],
  ])('of other %s are not', (_, one, other) => {
    expect(sameBytes(one, other)).toBe(undefined);
    expect(one).not.toEqual(other);
    expect({ list: [one] }).not.toEqual({ list: [other] });
  });

  test('are left to the usual comparison where they are compared with something else', () => {
    expect(sameBytes(Uint8Array.of(1), [1])).toBe(undefined);
    expect(sameBytes(Uint8Array.of(1), null)).toBe(undefined);
    expect(Float32Array.of(1)).toEqual(expect.any(Float32Array));
  });
});
