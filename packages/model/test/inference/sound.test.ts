import { expect, test } from 'vitest';
import { anomalyMap, isReachable, NumericError, requireSoundJudgement } from '../../src/index.js';

/** A judgement of three levels with these values. */
function judged(value: (i: number) => number) {
  const levels = [8, 4, 2].map((side) => ({
    height: side,
    width: side,
    data: Float32Array.from({ length: side * side }, (_, i) => value(i)),
  }));
  const { maps, scores } = anomalyMap([levels], 16, 16, 2);
  return { levels, map: maps[0]!, score: scores[0]! };
}

test('a judgement of numbers that differ is sound', () => {
  expect(() => requireSoundJudgement(judged((i) => 0.1 + (i % 3) / 10))).not.toThrow();
});

test.each([
  ['NaN in one place', (i: number) => (i === 2 ? NaN : 0.1), /not finite/],
  ['infinity in one place', (i: number) => (i === 2 ? Infinity : 0.1), /not finite/],
  ['zeros', () => 0, /same value everywhere/],
  ['one value', () => 0.1, /same value everywhere/],
])('%s is rejected', (_, value, sentence) => {
  expect(() => requireSoundJudgement(judged(value))).toThrow(NumericError);
  expect(() => requireSoundJudgement(judged(value))).toThrow(sentence);
});

test('tiny probabilities that differ are sound for a method that rounds by share, and equal ones are not', () => {
  const tiny = judged((i) => 1e-9 * (1 + (i % 3)));
  expect(() => requireSoundJudgement(tiny, true)).not.toThrow();
  expect(() => requireSoundJudgement(tiny)).toThrow(/same value everywhere/);
  for (const value of [0, 1e-9, 1])
    expect(() =>
      requireSoundJudgement(
        judged((i) => value * (1 + 2e-5 * (i % 2))),
        true,
      ),
    ).toThrow(/same value everywhere/);
});

test('the largest score is that of a student that points away from the teacher everywhere', () => {
  expect(judged(() => 2).score).toBeCloseTo(2 / 3, 6);
  expect(isReachable(2 / 3)).toBe(true);
  expect(isReachable(0.67)).toBe(false);
  expect(isReachable(NaN)).toBe(false);
  expect(isReachable(Infinity, Infinity)).toBe(false);
  expect(isReachable(30, Infinity)).toBe(true);
});
