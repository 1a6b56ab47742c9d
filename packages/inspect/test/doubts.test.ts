// What is known against a class beside its own self-test.
import type { SelfTest } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import { distrustOf, doubtsBeside, doubtsOf, retested, selfTestOf, withDoubts } from '../src/index.js';
import type { SelfTestRecord } from '../src/index.js';

const THRESHOLDS = { review: 0.5, reject: 0.9 };
const CALIBRATION = { tile: THRESHOLDS, __proto__: THRESHOLDS };

/** A self-test that finds so many of twenty clear defects, and so many of these real ones. */
function tested(found: number, real: readonly boolean[] = [], className = 'tile'): SelfTest {
  const about = { className, side: 256 };
  const records = [
    ...Array.from({ length: 20 }, (_, i): SelfTestRecord => ({
      ...about,
      picture: String(i),
      kind: 'good',
      score: i / 100,
      thinned: new Float32Array(),
    })),
    ...Array.from({ length: 20 }, (_, i): SelfTestRecord => ({
      ...about,
      picture: String(i),
      kind: 'hole',
      size: 0.28,
      contrast: 4,
      seed: String(i),
      score: i < found ? 0.8 : 0.45,
      peakInside: true,
      drawnAt: { width: 256, height: 256 },
    })),
    ...real.map((isFound, i): SelfTestRecord => ({
      ...about,
      picture: `bad ${i}`,
      kind: 'defective',
      score: isFound ? 0.8 : 0.45,
    })),
  ];
  return selfTestOf(records, { [className]: THRESHOLDS });
}

const beside = (other: SelfTest | undefined, own: SelfTest): SelfTest =>
  withDoubts(own, CALIBRATION, doubtsBeside(other, own));

test('a class that passes where a model that sees nearly the same fails does not pass, and gives no OK', () => {
  const own = beside(tested(5), tested(15));
  expect(own['tile']).toMatchObject({
    passed: false,
    reason: expect.stringMatching(/other patches of the same pictures fails it/) as string,
    clear: { found: 15 },
  });
  expect(distrustOf({ selfTest: own }, 'tile')).toMatch(
    /^the model failed its self-test for tile: .* by chance$/,
  );
});

test('where both pass, both fail, or there is no other one, nothing is added', () => {
  for (const [other, own] of [
    [tested(15), tested(15)],
    [tested(5), tested(5)],
    [undefined, tested(15)],
  ] as const)
    expect(beside(other, own)).toEqual(own);
});

test('a class that the other one did not test is doubted', () => {
  expect(beside({}, tested(15))['tile']!.passed).toBe(false);
});

test('a class may be called as a property that every object has', () => {
  const own = tested(15, [], '__proto__');
  const doubted = beside(tested(5, [], '__proto__'), own);
  expect(Object.keys(doubted)).toEqual(['__proto__']);
  expect([...doubtsOf(doubted).keys()]).toEqual(['__proto__']);
  expect(distrustOf({ selfTest: doubted }, '__proto__')).toMatch(/^the model failed/);
});

test('the doubt stays whatever thresholds come', () => {
  const own = beside(tested(5), tested(15));
  const loose = retested(own, { tile: { review: 0.1, reject: 0.9 } });
  expect(loose['tile']).toMatchObject({ passed: false, clear: { found: 20 }, doubt: own['tile']!.doubt });
  expect(distrustOf({ selfTest: own }, 'tile', { review: 0.1, reject: 0.9 })).toMatch(/^the model failed/);
  // a worse reason is told first, and comes and goes
  const strict = retested(own, { tile: { review: 0.9, reject: 0.95 } });
  expect(strict['tile']!.reason).toBe('it overlooks 20 of 20 clear drawn defects');
  expect(retested(strict, { tile: THRESHOLDS })).toEqual(own);
});

test('real defective pictures that are found answer it, as long as they are', () => {
  const failing = tested(5);
  const found = (count: number, of: number) => Array.from({ length: of }, (_, i) => i < count);
  // the 95 % interval of 5 of 5 begins at 57 %, of 6 of 6 at 61 %
  expect(beside(failing, tested(15, found(5, 5)))['tile']!.passed).toBe(false);
  const shown = beside(failing, tested(15, found(6, 6)));
  expect(shown['tile']!.passed).toBe(true);
  expect(shown['tile']!.doubt).toBeDefined();
  expect(beside(failing, tested(15, found(7, 10)))['tile']!.passed).toBe(false);
  expect(retested(shown, { tile: { review: 0.9, reject: 0.95 } })['tile']!.passed).toBe(false);
});
