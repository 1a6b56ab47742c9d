import { describe, expect, test } from 'vitest';
import { aupro, auroc, averagePrecision, prCurve, proCurve, rocCurve } from '../src/index.js';
import type { CurvePoints, CurveResult, Mask, ScoreMap } from '../src/index.js';
import { expectValue } from './expectMetric.js';
import { seeded } from './random.js';

const random = seeded(41);
const mask = Uint8Array.from({ length: 200 }, () => Number(random() < 0.2));
const scores = Float32Array.from(mask, (label) => Math.floor((random() + label * 0.5) * 20));

function pointsOf(curve: CurveResult): CurvePoints {
  if (curve.points === null) throw new Error(curve.reason);
  return curve.points;
}

function trapezoid({ x, y }: { x: Float64Array; y: Float64Array }): number {
  let area = 0;
  for (let i = 1; i < x.length; i++) area += ((x[i]! - x[i - 1]!) * (y[i]! + y[i - 1]!)) / 2;
  return area;
}

test('rocCurve runs from (0, 0) to (1, 1) through the corners', () => {
  const { x, y } = pointsOf(rocCurve([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1]));
  expect([...x]).toEqual([0, 0, 0.5, 0.5, 1]);
  expect([...y]).toEqual([0, 0.5, 0.5, 1, 1]);
});

test('the trapezoid area under rocCurve is auroc, ties included', () => {
  expectValue('area', auroc(scores, mask), trapezoid(pointsOf(rocCurve(scores, mask))));
});

test('the steps under prCurve sum up to averagePrecision', () => {
  const { x, y } = pointsOf(prCurve(scores, mask));
  let sum = 0;
  for (let i = 0; i < x.length; i++) sum += (x[i]! - (x[i - 1] ?? 0)) * y[i]!;
  expectValue('sum', averagePrecision(scores, mask), sum);
  expect(x.at(-1)).toBe(1);
});

test('the trapezoid area under proCurve is the exact AU-PRO with limit 1', () => {
  const maps: ScoreMap[] = [{ data: scores, width: 20, height: 10 }];
  const masks: Mask[] = [{ data: mask, width: 20, height: 10 }];
  const points = pointsOf(proCurve(maps, masks));
  expectValue('area', aupro(maps, masks, { protocol: 'exact', fprLimit: 1 }), trapezoid(points));
  expect([points.x[0], points.y[0], points.x.at(-1)]).toEqual([0, 0, 1]);
  expect(points.y.at(-1)).toBeCloseTo(1, 12);
});

test('a curve without anomalous or without normal samples is null with the reason', () => {
  for (const curve of [rocCurve, prCurve]) {
    expect(curve([1, 2], [0, 0])).toMatchObject({
      points: null,
      reason: expect.stringMatching(/no anomalous sample/),
    });
  }
  expect(rocCurve([1, 2], [1, 1])).toMatchObject({
    points: null,
    reason: expect.stringMatching(/no normal sample/),
  });
  expect(pointsOf(prCurve([1, 2], [1, 1])).y).toEqual(Float64Array.of(1, 1));
  expect(proCurve([], [])).toMatchObject({ points: null });
});

test('every point has its threshold: counting scores >= it gives the point again', () => {
  const count = (holds: (k: number) => boolean): number => [...scores.keys()].filter(holds).length;
  const positives = count((k) => mask[k] === 1);
  for (const maxPoints of [Infinity, 9]) {
    const roc = pointsOf(rocCurve(scores, mask, { maxPoints }));
    roc.threshold.forEach((threshold, i) => {
      const hits = count((k) => mask[k] === 1 && scores[k]! >= threshold);
      const alarms = count((k) => mask[k] === 0 && scores[k]! >= threshold);
      expect([roc.x[i], roc.y[i]]).toEqual([alarms / (scores.length - positives), hits / positives]);
    });
    const pr = pointsOf(prCurve(scores, mask, { maxPoints }));
    pr.threshold.forEach((threshold, i) => {
      const hits = count((k) => mask[k] === 1 && scores[k]! >= threshold);
      expect([pr.x[i], pr.y[i]]).toEqual([hits / positives, hits / count((k) => scores[k]! >= threshold)]);
    });
  }
});

test('proCurve ends at the limit, on the line to the first point beyond it', () => {
  const maps: ScoreMap[] = [{ data: scores, width: 20, height: 10 }];
  const masks: Mask[] = [{ data: mask, width: 20, height: 10 }];
  const points = pointsOf(proCurve(maps, masks, { fprLimit: 0.3 }));
  expect(points.x.at(-1)).toBe(0.3);
  expectValue('area', aupro(maps, masks, { protocol: 'exact' }), trapezoid(points) / 0.3);
  expect(() => proCurve(maps, masks, { fprLimit: 0 })).toThrow('fprLimit must be in (0, 1]');
});

describe('a thinned curve', () => {
  const many = seeded(42);
  const labels = Uint8Array.from({ length: 60_000 }, () => Number(many() < 0.2));
  const long = Float32Array.from(labels, (label) => many() + 0.3 * many() * label);

  test.each([
    ['ROC', rocCurve],
    ['PR', prCurve],
  ] as const)(
    '%s has at most maxPoints points, both ends, and is within a 250th of all others',
    (_, curve) => {
      const whole = pointsOf(curve(long, labels));
      const thinned = pointsOf(curve(long, labels, { maxPoints: 200 }));
      expect(whole.x.length).toBeGreaterThan(5000);
      expect(thinned.x.length).toBeLessThanOrEqual(200);
      for (const points of [whole, thinned])
        expect(points.threshold).toEqual(points.threshold.toSorted().reverse());
      expect([thinned.x[0], thinned.y[0], thinned.x.at(-1), thinned.y.at(-1)]).toEqual([
        whole.x[0],
        whole.y[0],
        whole.x.at(-1),
        whole.y.at(-1),
      ]);
      let worst = 0;
      for (let i = 0; i < whole.x.length; i++)
        worst = Math.max(worst, distance(whole.x[i]!, whole.y[i]!, thinned));
      expect(worst).toBeLessThan(1 / 250);
    },
  );

  test('of two points has the ends, and fewer are an error', () => {
    expect([...pointsOf(rocCurve(long, labels, { maxPoints: 2 })).x]).toEqual([0, 1]);
    for (const maxPoints of [1, NaN]) {
      expect(() => rocCurve(long, labels, { maxPoints })).toThrow('maxPoints must be at least 2');
    }
  });
});

/** From a point to the nearest piece of a line. */
function distance(px: number, py: number, { x, y }: { x: Float64Array; y: Float64Array }): number {
  let least = Infinity;
  for (let i = 1; i < x.length; i++) {
    const [dx, dy] = [x[i]! - x[i - 1]!, y[i]! - y[i - 1]!];
    const along = ((px - x[i - 1]!) * dx + (py - y[i - 1]!) * dy) / (dx * dx + dy * dy || 1);
    const t = Math.min(1, Math.max(0, along));
    least = Math.min(least, Math.hypot(px - x[i - 1]! - t * dx, py - y[i - 1]! - t * dy));
  }
  return least;
}
