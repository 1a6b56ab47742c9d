import type { ModelInfo } from '@pyramid-mamba/model';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Calibration, Item, OpenRun } from '../src/run/types.js';
import { arranged, distance, type Filter, type Order } from '../src/state/arranged.js';
import { run, thresholds } from '../src/state/opened.js';
import { ALL } from '../src/state/selection.js';
import { distrustOfModel } from '../src/state/project/results.js';
import { outcomeOf, verdictOf } from '../src/state/verdicts.js';

const item = (file: string, label: Item['label'], score: number): Item => ({
  id: file,
  file,
  className: file.split('/')[0]!,
  label,
  defect: label === 1 ? 'crack' : 'good',
  score,
  hasMask: label === 1,
  size: { width: 64, height: 64 },
  image: () => Promise.reject(new Error('not asked for')),
  mask: () => Promise.resolve(null),
  levels: () => Promise.resolve(null),
});

const calibration = (review: number, reject: number): Calibration => ({
  review,
  reject,
  method: 'f1',
  goodCount: 3,
  defectCount: 3,
  scoreRange: [0, 1],
  background: 0,
});

const items = [
  item('a/good/1', 0, 0.1),
  item('a/good/2', 0, 0.9),
  item('a/crack/1', 1, 0.2),
  item('a/crack/2', 1, 0.5),
  item('a/crack/3', 1, 0.8),
  item('a/new/1', null, 0.55),
  item('b/good/1', 0, 0.3),
];
const files = (filter: Partial<Filter>, order: Order = 'file') =>
  arranged(items, { ...ALL, ...filter }, order).map(({ file }) => file);

beforeEach(() => {
  thresholds.value = { a: calibration(0.4, 0.7) };
});

describe('the gallery', () => {
  test('filters by class, truth, verdict and kind of mistake', () => {
    expect(files({})).toHaveLength(7);
    expect(files({ className: 'b' })).toEqual(['b/good/1']);
    expect(files({ label: 'unknown' })).toEqual(['a/new/1']);
    expect(files({ label: 'good' })).toEqual(['a/good/1', 'a/good/2', 'b/good/1']);
    expect(files({ verdict: 'REVIEW' })).toEqual(['a/crack/2', 'a/new/1']);
    expect(files({ outcome: 'miss' })).toEqual(['a/crack/1']);
    expect(files({ outcome: 'false reject' })).toEqual(['a/good/2']);
    expect(files({ outcome: 'to review' })).toEqual(['a/crack/2']);
    expect(files({ outcome: 'miss', label: 'good' })).toEqual([]);
  });

  test('sorts by score either way, and by how close a score is to the nearer threshold', () => {
    expect(files({ className: 'a' }, 'score down')[0]).toBe('a/good/2');
    expect(files({ className: 'a' }, 'score up')[0]).toBe('a/good/1');
    // as they are shown: multiples of each product's limit, those without one last
    expect(files({}, 'score down').at(-1)).toBe('b/good/1');
    expect(files({}, 'score up').at(-1)).toBe('b/good/1');
    thresholds.value = { ...thresholds.value, b: calibration(0.1, 0.2) };
    expect(files({}, 'score down')[0]).toBe('b/good/1');
    thresholds.value = { a: calibration(0.4, 0.7) };
    expect(files({}, 'close').slice(0, 2)).toEqual(['a/crack/2', 'a/crack/3']);
    expect(files({}, 'close').at(-1)).toBe('b/good/1');
    expect(distance(items[6]!)).toBe(Infinity);
  });

  test('follows the thresholds as they change, and does not change the run', () => {
    const before = items.map(({ file }) => file);
    thresholds.value = { a: calibration(0.05, 0.15) };
    expect(files({ outcome: 'miss' })).toEqual([]);
    expect(files({ verdict: 'NG' })).toHaveLength(5);
    expect(items.map(({ file }) => file)).toEqual(before);
  });

  test('never says OK by thresholds that no score can reach', () => {
    thresholds.value = { a: calibration(0.7, 0.8) };
    expect(files({ verdict: 'OK' })).toEqual([]);
    expect(verdictOf(items[0]!)).toBe('REVIEW');
  });

  test('never says OK of a blank picture, as scores.jsonl does not', () => {
    const judged = { className: 'a', score: 0.1 };
    expect([verdictOf(judged), verdictOf({ ...judged, blank: true })]).toEqual(['OK', 'REVIEW']);
    expect(verdictOf({ ...judged, score: 0.9, blank: true })).toBe('NG');
    expect(outcomeOf({ ...judged, label: 1, blank: true })).toBe('to review');
    // nor of one whose part was not found
    expect([0.9, judged.score].map((score) => verdictOf({ ...judged, score, lost: true }))).toEqual([
      'NG',
      'REVIEW',
    ]);
    // nor of one that looks like another product
    expect(verdictOf({ ...judged, doubts: ['the picture looks like b'] })).toBe('REVIEW');
  });

  test('never says OK by thresholds that find too little of what the self-test drew, also where they were moved', () => {
    const scores = {
      good: [0.1, 0.1, 0.1, 0.1],
      drawn: Array.from({ length: 9 }, () => ({
        kind: 'scratch' as const,
        size: 0.09,
        contrast: 4,
        score: 0.5,
        onIt: true,
      })),
      side: 64,
    };
    const selfTest = { a: { passed: true, figure: 1, drawing: 1, examples: [], scores } };
    const distrustBy = distrustOfModel({ selfTest: selfTest as unknown as ModelInfo['selfTest'] });
    run.value = { largestScore: 1, distrustBy } as unknown as OpenRun;
    expect(verdictOf({ className: 'a', score: 0.1 })).toBe('OK');
    thresholds.value = { a: calibration(0.6, 0.7) };
    expect(verdictOf({ className: 'a', score: 0.1 })).toBe('REVIEW');
    run.value = null;
  });

  test('says UNKNOWN of a picture of no product whatever its score, and of one that hardly fits unless it is NG', () => {
    const judged = { className: 'a', score: 0.1 };
    const verdicts = (fit: 'hardly' | 'no') =>
      [0.1, 0.9].map((score) => verdictOf({ ...judged, score, fit }));
    expect([verdicts('hardly'), verdicts('no')]).toEqual([
      ['UNKNOWN', 'NG'],
      ['UNKNOWN', 'UNKNOWN'],
    ]);
    expect(outcomeOf({ ...judged, label: 1, fit: 'no' })).toBe('unknown');
  });

  test('has no verdict and no mistake if a class has no thresholds or the truth is unknown', () => {
    expect([verdictOf(items[6]!), outcomeOf(items[6]!), outcomeOf(items[5]!)]).toEqual([null, null, null]);
    expect(verdictOf({ className: 'toString', score: 1 })).toBeNull();
  });
});
