import { expect, test } from 'vitest';
import { countOutcomes, outcomeOf, type JudgedPicture, type Outcome } from '../src/index.js';

const CASES: [JudgedPicture, Outcome | null][] = [
  [{ label: 1, verdict: 'OK' }, 'miss'],
  [{ label: 1, verdict: 'REVIEW' }, 'to review'],
  [{ label: 1, verdict: 'NG' }, 'right'],
  [{ label: 0, verdict: 'OK' }, 'right'],
  [{ label: 0, verdict: 'REVIEW' }, 'to review'],
  [{ label: 0, verdict: 'NG' }, 'false reject'],
  [{ label: 1, verdict: 'UNKNOWN' }, 'unknown'],
  [{ label: 0, verdict: 'UNKNOWN' }, 'unknown'],
  [{ label: 1, verdict: null }, null],
  [{ label: 0, verdict: null }, null],
];

test.each(CASES)('%j is %s', (picture, outcome) => {
  expect(outcomeOf(picture)).toBe(outcome);
});

test('a defect a person is to look at, or of no known product, is caught, one without a verdict is neither caught nor missed', () => {
  expect(countOutcomes(CASES.map(([picture]) => picture))).toEqual({
    good: 5,
    defective: 5,
    caught: 3,
    missed: 1,
    falseRejects: 1,
    toReview: 2,
    unknown: 2,
    withoutVerdict: 2,
  });
});
