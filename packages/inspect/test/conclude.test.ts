import { describe, expect, test } from 'vitest';
import { OUT_OF_REACH, type Calibration } from '@pyramid-mamba/model';
import { chooseClass, conclude, type Measured, type ProductHint } from '../src/index.js';

const calibration: Calibration = {
  review: 0.1,
  reject: 0.2,
  method: 'quantile',
  goodCount: 5,
  defectCount: 0,
  scoreRange: [0, 0.1],
  background: 0.01,
};
const measured = (over: Partial<Measured> = {}): Measured => ({
  className: 'tile',
  score: 0.05,
  map: Float32Array.of(0.01, 0.02, 0.05, 0.03),
  size: { width: 2, height: 2 },
  width: 20,
  height: 20,
  doubts: [],
  largestScore: 2 / 3,
  ...over,
});
describe('a conclusion', () => {
  test('is a verdict by the model’s thresholds, or by the user’s', () => {
    expect(conclude(measured(), calibration, undefined)).toMatchObject({ verdict: 'OK', doubts: [] });
    const moved = { review: 0.01, reject: 0.04 };
    expect(conclude(measured(), calibration, moved)).toMatchObject({ verdict: 'NG', calibration: moved });
    // also for a class that the file has none for
    expect(conclude(measured(), null, moved)).toMatchObject({
      verdict: 'NG',
      calibration: moved,
      doubts: [],
    });
  });

  const never: Record<string, [Partial<Measured>, Calibration | null]> = {
    'no thresholds': [{}, null],
    'a doubt': [{ doubts: ['the picture is blank'] }, calibration],
    'a review threshold out of reach': [{}, { ...calibration, review: 3, reject: 3 }],
    'thresholds at infinity': [{}, { ...calibration, review: Infinity, reject: Infinity }],
  };
  test.each(Object.entries(never))('is never OK with %s', (_, [over, own]) => {
    expect(conclude(measured(over), own, undefined).verdict).not.toBe('OK');
  });

  test.each([
    ['a score of NaN', { score: NaN }, calibration],
    ['a threshold of NaN', {}, { ...calibration, review: NaN }],
    ['a reject threshold of NaN', {}, { ...calibration, reject: NaN }],
    ['thresholds in the wrong order', {}, { ...calibration, review: 0.3 }],
  ])('is rejected with %s', (_, over, own) => {
    expect(() => conclude(measured(over), own, undefined)).toThrow(/verdict/);
  });

  test('of a method whose scores have no bound trusts thresholds up to ten times the scores of calibration', () => {
    const at = (review: number) =>
      conclude(measured({ largestScore: Infinity }), { ...calibration, review, reject: review });
    expect(at(0.9)).toMatchObject({ verdict: 'OK', doubts: [] });
    for (const far of [30, 1e308, Infinity])
      expect(at(far)).toMatchObject({ verdict: 'REVIEW', doubts: [OUT_OF_REACH] });
    expect(conclude(measured(), { ...calibration, review: 0.9, reject: 0.9 }).verdict).toBe('REVIEW');
  });

  test('has regions by the share of the map’s maximum where the score is not that: NG always, OK never', () => {
    const map = Float32Array.of(0.1, 0.2, 0.9, 0.3);
    const bank = { largestScore: Infinity, scoreIsMaximum: false };
    const at = (score: number) => conclude(measured({ ...bank, score, map }), calibration);
    // the map's maximum alone would say the opposite
    expect(at(0.05)).toMatchObject({ verdict: 'OK', regions: [] });
    for (const one of [at(0.1), at(0.2)]) expect(one.regions.length).toBe(1);
    const large = conclude(measured({ ...bank, score: 5 }), calibration);
    expect(large).toMatchObject({ verdict: 'NG', regions: [{ peak: { x: 5, y: 15 } }] });
    expect(at(0).regions).toEqual([]);
  });

  test('keeps NG with a doubt, and recovers once unreachable thresholds are set again', () => {
    expect(conclude(measured({ score: 1, doubts: ['x'] }), calibration, undefined).verdict).toBe('NG');
    const far = conclude(measured(), { ...calibration, review: 3, reject: 3 }, undefined);
    expect(far.doubts).toHaveLength(1);
    expect(conclude(measured(far), calibration, undefined)).toMatchObject({ verdict: 'OK', doubts: [] });
  });
});

test('a picture that looks like another product than the one chosen raises a doubt', () => {
  const info = { classes: ['tile', 'wood'], prototypes: { tile: [0, 0], wood: [1, 1] } };
  const choose = (hint: ProductHint | undefined, ...feature: number[]) =>
    chooseClass(info, hint, Float32Array.from(feature), { product: 'choose the product' });
  expect(choose({ given: 'tile' }, 0.1, 0).doubts).toEqual([]);
  expect(choose({ given: 'tile' }, 0.9, 1).doubts).toEqual([
    'the picture looks like wood, but it is judged as tile: check the chosen product',
  ]);
  expect(choose(undefined, 0.9, 1)).toMatchObject({
    className: 'wood',
    doubts: [],
  });
  expect(choose(undefined, NaN, NaN)).toEqual({
    className: null,
    classSource: null,
    doubts: ['the model cannot recognise the product: choose the product'],
  });
  expect(() => choose({ given: 'cable' }, 0, 0)).toThrow(/not trained on the product "cable"/);
});
