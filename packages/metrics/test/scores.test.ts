import { describe, expect, test } from 'vitest';
import { auroc, averagePrecision, f1Max, f1MaxSteps } from '../src/index.js';
import {
  aurocByPairs,
  averagePrecisionByThresholds,
  f1MaxByThresholds,
  f1MaxByTwentyOneSteps,
} from './bruteForce.js';
import { expectUndefined, expectValue } from './expectMetric.js';
import { seeded } from './random.js';

const METRICS = { auroc, averagePrecision, f1Max, f1MaxSteps };

describe('hand-computed values', () => {
  const scores = [0.1, 0.4, 0.35, 0.8];
  const labels = [0, 0, 1, 1];

  test('auroc is the fraction of pairs in the right order', () => {
    expectValue('3 of 4 pairs', auroc(scores, labels), 3 / 4);
  });

  test('auroc counts a tied pair one half', () => {
    expectValue('3 pairs and a tie', auroc([1, 1, 0, 2], [1, 0, 0, 1]), 3.5 / 4);
  });

  test('averagePrecision weighs each precision by the gain in recall', () => {
    expectValue(
      '1 at recall 1/2, 2/3 at recall 1',
      averagePrecision(scores, labels),
      0.5 * 1 + (0.5 * 2) / 3,
    );
  });

  test('averagePrecision takes tied scores as one threshold, whatever their order', () => {
    for (const order of [
      [1, 0],
      [0, 1],
    ]) {
      expectValue('tie', averagePrecision([2, 1, 1, 0], [1, ...order, 0]), 0.5 * 1 + (0.5 * 2) / 3);
    }
  });

  test('f1Max is reached at the lowest anomalous score here: precision 2/3, recall 1', () => {
    expectValue('F1', f1Max(scores, labels), 0.8);
  });

  test('f1MaxSteps misses a threshold that lies between two of its steps', () => {
    const narrow = [0, 0.01, 0.02, 1];
    expectValue('exact', f1Max(narrow, labels), 1);
    expectValue('21 steps: precision 2/3, recall 1', f1MaxSteps(narrow, labels), 0.8, 1e-7);
  });

  test('f1MaxSteps accepts scores strictly above the threshold', () => {
    // Thresholds 0 and 1: neither the minimum nor, at 1, the maximum is above.
    expectValue('2 steps', f1MaxSteps([0, 0, 1], [1, 0, 1], 2), 2 / 3, 1e-7);
  });

  test('any nonzero label is anomalous', () => {
    expectValue('labels 255', auroc(scores, Uint8Array.of(0, 0, 255, 1)), 3 / 4);
  });
});

describe('random scores agree with direct counting', () => {
  test.each([
    ['distinct', 2 ** 30],
    ['tied', 6],
  ])('when they are %s', (_, levels) => {
    const random = seeded(11);
    for (let round = 0; round < 30; round++) {
      const n = 2 + Math.floor(random() * 60);
      const scores = Float64Array.from({ length: n }, () => Math.floor(random() * levels) - 3);
      const labels = Array.from({ length: n }, (_value, i) => (i < 2 ? i : Number(random() < 0.3)));
      for (const kind of [Float64Array, Float32Array]) {
        const given = kind.from(scores);
        expectValue('auroc', auroc(given, labels), aurocByPairs(given, labels));
        expectValue('ap', averagePrecision(given, labels), averagePrecisionByThresholds(given, labels));
        expectValue('f1', f1Max(given, labels), f1MaxByThresholds(given, labels));
        expectValue('f1 of 21 steps', f1MaxSteps(given, labels), f1MaxByTwentyOneSteps(given, labels));
      }
    }
  });

  test('when there are enough of them for the radix sort, negative ones and both zeros among them', () => {
    const random = seeded(5);
    const scores = Float32Array.from({ length: 12_000 }, (_, i) =>
      i % 7 === 0 ? -0 : i % 7 === 1 ? 0 : (random() - 0.5) * 10 ** (i % 9),
    );
    const labels = Uint8Array.from(scores, (score) => Number(random() < 0.3 || score > 1e3));
    const exact = Float64Array.from(scores);
    for (const [name, metric] of Object.entries(METRICS)) {
      expectValue(name, metric(scores, labels), metric(exact, labels).value!, 0);
    }
    const shifted = Float64Array.from(scores, (score) => score + 0); // -0 + 0 is 0
    expectValue('-0 ties with 0', auroc(scores, labels), auroc(shifted, labels).value!, 0);
  });

  test('and neither argument is changed', () => {
    const scores = Float32Array.of(3, 1, 2);
    const labels = Uint8Array.of(1, 0, 1);
    for (const metric of Object.values(METRICS)) metric(scores, labels);
    expect([...scores]).toEqual([3, 1, 2]);
    expect([...labels]).toEqual([1, 0, 1]);
  });
});

describe('degenerate data', () => {
  test('without an anomalous sample every metric is null with the reason', () => {
    for (const [name, metric] of Object.entries(METRICS)) {
      expectUndefined(name, metric([0.2, 0.5], [0, 0]), /no anomalous sample/);
      expectUndefined(`${name} of nothing`, metric([], []), /no anomalous sample/);
    }
  });

  test('without a normal sample auroc is null, while average precision and F1 are 1', () => {
    expectUndefined('auroc', auroc([0.2, 0.5], [1, 1]), /no normal sample/);
    expectValue('ap', averagePrecision([0.2, 0.5], [1, 1]), 1);
    expectValue('f1', f1Max([0.2, 0.5], [1, 1]), 1);
  });

  test('constant scores give chance: auroc 1/2, average precision the prevalence', () => {
    const scores = [7, 7, 7, 7];
    const labels = [1, 0, 0, 0];
    expectValue('auroc', auroc(scores, labels), 0.5);
    expectValue('ap', averagePrecision(scores, labels), 0.25);
    expectValue('f1: all predicted anomalous', f1Max(scores, labels), 0.4);
    expectValue('f1 of 21 steps: none predicted anomalous', f1MaxSteps(scores, labels), 0);
  });

  test('a range that overflows float64 is null in f1MaxSteps, not NaN', () => {
    expectUndefined('f1', f1MaxSteps([-Number.MAX_VALUE, Number.MAX_VALUE], [0, 1]), /range/);
  });
});

describe('programmer errors throw a sentence', () => {
  test('when the lengths differ', () => {
    for (const [name, metric] of Object.entries(METRICS)) {
      expect(() => metric([1, 2], [1])).toThrow(
        `${name}: scores and labels must have the same length, got 2 scores`,
      );
    }
  });

  test.each([NaN, Infinity, -Infinity])('when a score is %s', (bad) => {
    for (const metric of Object.values(METRICS)) {
      expect(() => metric([1, bad], [1, 0])).toThrow(`scores must be finite, got ${bad} at index 1`);
    }
  });

  test('when a label is NaN', () => {
    expect(() => auroc([1, 2], [1, NaN])).toThrow('labels must be 0 or 1, got NaN at index 1');
  });

  test('when the number of steps is not an integer of at least 2', () => {
    for (const steps of [1, 2.5, NaN])
      expect(() => f1MaxSteps([1, 2], [0, 1], steps)).toThrow(`got ${steps}`);
  });
});
