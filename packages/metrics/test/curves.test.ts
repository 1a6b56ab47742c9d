import { expect, test } from 'vitest';
import { aupro, auroc, averagePrecision, prCurve, proCurve, rocCurve } from '../src/index.js';
import type { CurveResult, Mask, ScoreMap } from '../src/index.js';
import { expectValue } from './expectMetric.js';
import { seeded } from './random.js';

const random = seeded(41);
const mask = Uint8Array.from({ length: 200 }, () => Number(random() < 0.2));
const scores = Float32Array.from(mask, (label) => Math.floor((random() + label * 0.5) * 20));

function pointsOf(curve: CurveResult): { x: Float64Array; y: Float64Array } {
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
