import { calibrate, proCurve, verdict } from '@pyramid-mamba/metrics';
import { seededRandom } from '@pyramid-mamba/data';
import { describe, expect, test } from 'vitest';
import type { Calibration, Item } from '../src/run/types.js';
import { moved, suggested } from '../src/state/tuning.js';
import { binned } from '../src/views/tuning/bins.js';
import { added, countsAt, totalOf } from '../src/views/tuning/counts.js';
import { ticks } from '../src/views/tuning/histogram.js';
import { pointAt } from '../src/views/tuning/points.js';

const random = seededRandom('tuning', 1);
const items = Array.from({ length: 400 }, (_, i): Item => {
  const label = i % 5 === 4 ? null : i % 2 === 0 ? 0 : 1;
  return {
    id: String(i),
    file: `a/${i}`,
    className: 'a',
    label,
    defect: '',
    score: Math.round((random() + (label === 1 ? 0.4 : 0)) * 50) / 50,
    hasMask: false,
    size: { width: 64, height: 64 },
    image: () => Promise.reject(new Error('not asked for')),
    mask: () => Promise.resolve(null),
    levels: () => Promise.resolve(null),
  };
});
const of = (label: Item['label']) => items.filter((item) => item.label === label);
const start = suggested({ scale: { low: { a: 0.05 }, span: 1 } }, 'a', items)!;

describe('tuning', () => {
  test('counts each picture’s verdict, ties included', () => {
    for (const [review, reject] of [
      [0.5, 0.8],
      [0.6, 0.6],
      [-1, 9],
      [0, 0],
    ] as const) {
      const counts = countsAt(items, { review, reject });
      for (const [truth, label] of [
        ['good', 0],
        ['defective', 1],
      ] as const) {
        for (const name of ['OK', 'REVIEW', 'NG'] as const) {
          const by = of(label).filter(({ score }) => verdict(score, { review, reject }) === name);
          expect(counts[truth][name]).toBe(by.length);
        }
      }
      expect(counts.unknown).toBe(of(null).length);
    }
    const one = countsAt(items, start);
    expect(totalOf(added([one, one]).good)).toBe(2 * totalOf(one.good));
  });

  test('counts a blank picture as REVIEW where its score alone would be OK', () => {
    const at = { review: 0.5, reject: 0.8 };
    const blank = [0, 0.5, 0.9].flatMap((score) =>
      ([0, 1] as const).map((label) => ({ ...items[0]!, label, score, blank: true })),
    );
    for (const truth of ['good', 'defective'] as const) {
      expect(countsAt(blank, at)[truth]).toEqual({ OK: 0, REVIEW: 2, NG: 1, UNKNOWN: 0 });
    }
    const lost = blank.map((item) => ({ ...item, blank: false, lost: true }));
    expect(countsAt(lost, at)).toEqual(countsAt(blank, at));
    const other = blank.map((item) => ({ ...item, blank: false, doubts: ['the picture looks like b'] }));
    expect(countsAt(other, at)).toEqual(countsAt(blank, at));
  });

  test('counts pictures of no product as UNKNOWN, and none OK in a class whose self-test failed', () => {
    const at = { review: 0.5, reject: 0.8 };
    const strange = (fit: 'hardly' | 'no') =>
      [0, 0.5, 0.9].map((score) => ({ ...items[0]!, label: 0 as const, score, fit }));
    expect(countsAt(strange('no'), at).good).toEqual({ OK: 0, REVIEW: 0, NG: 0, UNKNOWN: 3 });
    expect(countsAt(strange('hardly'), at).good).toEqual({ OK: 0, REVIEW: 0, NG: 1, UNKNOWN: 2 });
    expect(totalOf(countsAt(strange('no'), at).good)).toBe(3);
    const plain = strange('no').map((item) => ({ ...item, fit: undefined }));
    expect(countsAt(plain, at, true).good).toEqual({ OK: 0, REVIEW: 2, NG: 1, UNKNOWN: 0 });
  });

  test('of five thousand pictures takes a fraction of 50 ms of processor time', () => {
    const many = Array.from({ length: 5000 }, (_, i) => items[i % items.length]!);
    countsAt(many, start);
    // not of the clock: other tests run beside this one
    const before = process.cpuUsage();
    for (let i = 0; i < 10; i++) {
      countsAt(many, { review: i / 20, reject: i / 10 });
      binned(many, [0, 1], 60);
    }
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000 / 10).toBeLessThan(50);
  });

  test('suggests the thresholds of the metrics package', () => {
    const scores = (label: 0 | 1) => of(label).map(({ score }) => score);
    const expected = calibrate(scores(0), { defectScores: scores(1) });
    expect(start).toEqual({ ...expected, background: 0.05 });
    expect(suggested({ scale: { low: {}, span: 1 } }, 'a', of(1))).toBeUndefined();
  });

  test('moves one threshold, the other follows, and both count as set by hand', () => {
    const base: Calibration = { ...start, review: 0.3, reject: 0.6 };
    expect(moved(base, 'review', 0.4)).toEqual({ ...base, method: 'manual', review: 0.4 });
    expect(moved(base, 'review', 0.7)).toMatchObject({ review: 0.7, reject: 0.7 });
    expect(moved(base, 'reject', 0.1)).toMatchObject({ review: 0.1, reject: 0.1 });
  });

  test('the histogram contains every picture once, in a range that includes the thresholds', () => {
    const { low, high, good, defective, unknown, most } = binned(items, [-0.5, 2], 30);
    const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b, 0);
    expect([sum(good), sum(defective), sum(unknown)]).toEqual([of(0).length, of(1).length, of(null).length]);
    expect(low).toBeLessThan(-0.5);
    expect(high).toBeGreaterThan(2);
    expect(most).toBe(Math.max(...good, ...defective, ...unknown));
    const same = binned([items[0]!, items[0]!], [], 10);
    expect(sum(same.good)).toBe(2);
    expect(same.high).toBeGreaterThan(same.low);
    expect(binned([], [], 4)).toMatchObject({ low: 0, high: 1, most: 1 });
  });

  test('axis marks are round and within the range', () => {
    expect(ticks(0.018, 0.1, 4).map((tick) => Number(tick.toPrecision(6)))).toEqual([0.05, 0.1]);
    expect(ticks(0, 10, 5)).toEqual([0, 2, 4, 6, 8, 10]);
  });

  test('the point on a curve agrees with the metrics package', () => {
    const map = Float32Array.from({ length: 256 }, () => Math.round(random() * 1000) / 1000);
    const mask = Uint8Array.from(map, (value) => (value > 0.6 && random() > 0.3 ? 1 : 0));
    const data = { width: 16, height: 16 };
    const { points } = proCurve([{ data: map, ...data }], [{ data: mask, ...data }]);
    const curve = Array.from(points!.x, (x, i) => [x, points!.y[i]!, points!.threshold[i]!] as const);
    // the last point at or above a threshold is the result of accepting from it on
    const fpr = (threshold: number) => {
      const normal = map.filter((_, i) => mask[i] === 0);
      return normal.filter((value) => value >= threshold).length / normal.length;
    };
    for (const [x, y, threshold] of curve.slice(1, -1)) {
      const found = pointAt(curve, threshold);
      expect(found).not.toBe('beyond');
      expect(found).toMatchObject({ y });
      expect(x).toBeCloseTo(fpr(threshold), 9);
    }
    expect(pointAt(curve, 5)).toEqual({ x: 0, y: 0 });
    expect(pointAt(curve, -5)).toBe('beyond');
    expect(pointAt([[0, 0], [1, 1]], 0.5)).toBeNull(); // prettier-ignore
    expect(pointAt([], 0.5)).toBeNull();
  });
});
