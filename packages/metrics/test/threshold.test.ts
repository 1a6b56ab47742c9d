import { describe, expect, test } from 'vitest';
import {
  calibrate,
  confusionAt,
  f1Max,
  f1OptimalThreshold,
  fewPictures,
  quantileThreshold,
  verdict,
} from '../src/index.js';
import { nextUp } from '../src/counting/floats.js';
import { expectValue } from './expectMetric.js';
import { seeded } from './random.js';

const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

describe('quantileThreshold', () => {
  test('is just above the ceil((n + 1) q)-th good score, in any order', () => {
    const { threshold, rule, falseRejectRate } = quantileThreshold(upTo(99).toReversed(), { quantile: 0.95 });
    expect([threshold, rule]).toEqual([nextUp(95), 'rank']);
    expect(falseRejectRate).toBeCloseTo(0.05, 12);
    expect(confusionAt(upTo(99), new Uint8Array(99), threshold).falsePositives).toBe(4);
  });

  test('takes the largest score when n is just enough: 99 for 0.99', () => {
    expect(quantileThreshold(upTo(99), { quantile: 0.99 })).toMatchObject({
      threshold: nextUp(99),
      rule: 'rank',
    });
    expect(quantileThreshold(upTo(98), { quantile: 0.99 }).rule).toBe('tail');
  });

  test('extrapolates an exponential tail beyond the largest when there are too few', () => {
    // Median 3, scores above it 4 and 5: mean excess 1.5; ln(1 / (6 * 0.01)) of it.
    const got = quantileThreshold(upTo(5), { quantile: 0.99 });
    expect(got.threshold).toBeCloseTo(5 + 1.5 * Math.log(100 / 6), 9);
    expect(got).toMatchObject({ rule: 'tail', falseRejectBound: 1 / 6, goodCount: 5 });
    expect(got.falseRejectRate).toBeCloseTo(0.01, 12);
  });

  test('keeps 5 % distance from scores without a spread', () => {
    expect(quantileThreshold([2]).threshold).toBeCloseTo(2.1, 12);
    expect(quantileThreshold([-2, -2, -2]).threshold).toBeCloseTo(-1.9, 12);
    expect(quantileThreshold([0]).threshold).toBeGreaterThan(0);
  });

  test('rejects the stated share of other good pictures, on average over calibration sets', () => {
    const random = seeded(61);
    const draw = (): number => -Math.log(1 - random()); // exponential, as the tail rule assumes
    for (const [n, quantile] of [
      [40, 0.9],
      [20, 0.95],
      [25, 0.99],
      [60, 0.995],
    ] as const) {
      let rejected = 0;
      for (let round = 0; round < 3000; round++) {
        const { threshold } = quantileThreshold(Array.from({ length: n }, draw), { quantile });
        rejected += Math.exp(-threshold); // of further pictures, in closed form
      }
      const { falseRejectRate, rule } = quantileThreshold(Array.from({ length: n }, draw), { quantile });
      // The tail's scale is itself estimated, so its mean rate is above the nominal one, by less than its double here.
      const [low, high] = rule === 'rank' ? [0.95, 1.05] : [0.8, 2];
      expect(rejected / 3000, `${n} pictures, ${quantile}`).toBeGreaterThan(low * falseRejectRate);
      expect(rejected / 3000, `${n} pictures, ${quantile}`).toBeLessThan(high * falseRejectRate);
    }
  });

  test('throws a sentence without scores, on a bad one and on a bad quantile', () => {
    expect(() => quantileThreshold([])).toThrow('at least one good picture, got none');
    expect(() => quantileThreshold([1, NaN])).toThrow('scores must be finite, got NaN');
    expect(() => quantileThreshold([1, Infinity])).toThrow('scores must be finite, got Infinity');
    for (const quantile of [0, 1, NaN]) {
      expect(() => quantileThreshold([1], { quantile })).toThrow('between 0 and 1');
    }
  });
});

describe('f1OptimalThreshold', () => {
  test('lies in the middle of the gap below the lowest accepted score', () => {
    expect(f1OptimalThreshold([0.25, 0.5, 0.75], [0, 1, 1])).toEqual({ threshold: 0.375, f1: 1 });
    expect(f1OptimalThreshold([1, 1], [1, 1])).toEqual({ threshold: 1, f1: 1 });
  });

  test('is the lowest of several equally good ones', () => {
    // At 4: tp 1, F1 2/3. At 1: tp 2, fp 2, F1 2/3.
    expect(f1OptimalThreshold([4, 3, 2, 1], [1, 0, 0, 1])).toEqual({ threshold: 1, f1: 2 / 3 });
  });

  test('reaches F1-max, counted by confusionAt, on random scores with ties and neighbouring floats', () => {
    const random = seeded(62);
    for (let round = 0; round < 50; round++) {
      const scores = Float64Array.from({ length: 30 }, () => 1 + Math.floor(random() * 9) * Number.EPSILON);
      const labels = scores.map((_, i) => (i === 0 || random() < 0.4 ? 1 : 0));
      const best = f1OptimalThreshold(scores, labels);
      if (best.threshold === null) throw new Error(best.reason);
      const { truePositives, falsePositives, falseNegatives } = confusionAt(scores, labels, best.threshold);
      expect(best.f1).toBe((2 * truePositives) / (2 * truePositives + falsePositives + falseNegatives));
      expectValue('F1-max', f1Max(scores, labels), best.f1, 0);
    }
  });

  test('is null without a defect', () => {
    expect(f1OptimalThreshold([1, 2], [0, 0])).toMatchObject({ threshold: null });
  });
});

test('confusionAt counts a score at the threshold as anomalous', () => {
  expect(confusionAt([1, 2, 3, 4], [0, 1, 0, 1], 2)).toEqual({
    truePositives: 2,
    falsePositives: 1,
    trueNegatives: 1,
    falseNegatives: 0,
  });
  expect(() => confusionAt([1], [1], NaN)).toThrow('got NaN');
});

describe('verdict', () => {
  const levels = { review: 0.4, reject: 0.6 };

  test('is OK below review, REVIEW from it on, NG from reject on', () => {
    expect([0.3, 0.4, 0.59, 0.6, 7].map((score) => verdict(score, levels))).toEqual([
      'OK',
      'REVIEW',
      'REVIEW',
      'NG',
      'NG',
    ]);
  });

  test('throws a sentence on a score that is not a number and on thresholds out of order', () => {
    expect(() => verdict(NaN, levels)).toThrow('must be finite, got NaN');
    expect(() => verdict(1, { review: 2, reject: 1 })).toThrow('review must be at most reject');
    expect(() => verdict(1, { review: NaN, reject: 1 })).toThrow('review must be at most reject');
  });
});

describe('calibrate', () => {
  const good = upTo(200);

  test('takes two quantiles of good pictures when there is no defect', () => {
    const got = calibrate(good);
    expect(got).toEqual({
      review: nextUp(191),
      reject: nextUp(200),
      method: 'quantile',
      goodCount: 200,
      defectCount: 0,
      scoreRange: [1, 200],
    });
    expect(JSON.parse(JSON.stringify(got))).toEqual(got);
  });

  test('with defects, reject is the F1-optimal threshold, and review is not above it', () => {
    const far = calibrate(good, { defectScores: [300, 400] });
    expect(far).toMatchObject({ review: nextUp(191), reject: 250, method: 'f1', defectCount: 2 });
    expect(far.scoreRange).toEqual([1, 400]);
    const near = calibrate(upTo(20), { defectScores: [10.5, 19.5, 30] });
    expect(near.review).toBeLessThanOrEqual(near.reject);
  });

  test('stays in order with one good picture, and rejects quantiles out of order', () => {
    const { review, reject } = calibrate([3]);
    expect(review).toBeLessThanOrEqual(reject);
    expect(() => calibrate(good, { reviewQuantile: 0.9, rejectQuantile: 0.8 })).toThrow(
      'at most rejectQuantile',
    );
  });
});

describe('calibrate with drawn defects', () => {
  test('pulls a stretched review threshold back between the good pictures and the lowest defect above them', () => {
    const alone = calibrate(upTo(5));
    expect(alone.review).toBeGreaterThan(6);
    const drawn = calibrate(upTo(5), { drawnScores: [2, 5.5, 9] });
    expect(drawn).toMatchObject({ review: 5.25, reject: alone.reject, method: 'drawn', defectCount: 0 });
    expect(drawn.scoreRange).toEqual([1, 5]);
    // defects within or far above the good pictures change nothing
    expect(calibrate(upTo(5), { drawnScores: [2, 90] }).review).toBe(alone.review);
  });

  test('takes the share of false rejects for the reject threshold, also above the best F1', () => {
    expect(calibrate(upTo(99), { maxFalseRejects: 0.01 }).reject).toBe(nextUp(99));
    expect(calibrate(upTo(99), { maxFalseRejects: 0.1 })).toMatchObject({
      review: nextUp(90),
      reject: nextUp(90),
    });
    const defectScores = [50, 60, 70, 300];
    const best = calibrate(upTo(99), { defectScores });
    const bound = calibrate(upTo(99), { defectScores, maxFalseRejects: 0.01 });
    expect(bound.reject).toBe(Math.max(best.reject, nextUp(99)));
    for (const maxFalseRejects of [0, 1, NaN]) {
      expect(() => calibrate([1], { maxFalseRejects })).toThrow('between 0 and 1');
    }
    expect(() => calibrate([1], { drawnScores: [NaN] })).toThrow('finite, got NaN');
  });

  test('never reviews above a defect that is above all good pictures, and is monotone in the target', () => {
    const random = seeded(63);
    for (let round = 0; round < 100; round++) {
      const good = Array.from({ length: 1 + Math.floor(random() * 40) }, () => -Math.log(1 - random()));
      const some = () => Array.from({ length: Math.floor(random() * 30) }, () => 6 * random());
      const [drawnScores, defectScores] = [some(), round % 2 === 0 ? [] : some()];
      const most = Math.max(...good);
      let before: { review: number; reject: number } | undefined;
      for (const maxFalseRejects of [0.001, 0.01, 0.03, 0.06, 0.2, 0.5]) {
        const found = calibrate(good, { drawnScores, defectScores, maxFalseRejects });
        const { review, reject } = found;
        expect(review).toBeLessThanOrEqual(reject);
        for (const score of [...drawnScores, ...defectScores]) {
          if (score > most) expect(verdict(score, found)).not.toBe('OK');
        }
        if (before) {
          expect(review).toBeLessThanOrEqual(before.review);
          expect(reject).toBeLessThanOrEqual(before.reject);
        }
        before = { review, reject };
      }
    }
  });
});

test('says what few pictures cannot show', () => {
  expect(fewPictures(30, 0.01)).toBe(
    'with 30 good pictures a share of 1 % false rejects cannot be shown, only 3.2 %: ' +
      'the reject threshold is an estimate until there are 99 good pictures',
  );
  expect(fewPictures(1, 0.01)).toMatch(/^with 1 good picture .* only 50 %/);
  expect(fewPictures(99, 0.01)).toBeUndefined();
});
