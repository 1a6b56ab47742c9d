import { describe, expect, test } from 'vitest';
import {
  aupro,
  auroc,
  averagePrecision,
  evaluateClass,
  f1Max,
  f1MaxSteps,
  meanOverClasses,
} from '../src/index.js';
import type { ClassMetrics } from '../src/index.js';
import { expectUndefined, expectValue } from './expectMetric.js';
import { seeded } from './random.js';

const width = 9;
const height = 7;
const random = seeded(51);
const masks = [0, 0.2, 0.3, 0].map((density) =>
  Uint8Array.from({ length: width * height }, () => (random() < density ? 255 : 0)),
);
const maps = masks.map((mask) => Float32Array.from(mask, (value) => random() + (value > 0 ? 0.4 : 0)));
const given = { maps, masks, width, height };

describe('evaluateClass', () => {
  const scores = maps.flatMap((map) => [...map]);
  const labels = masks.flatMap((mask) => [...mask]);
  const pairs = [
    maps.map((data) => ({ data, width, height })),
    masks.map((data) => ({ data, width, height })),
  ] as const;

  test('equals the single metrics over all pixels and over the maxima of the maps', () => {
    const maxima = maps.map((map) => Math.max(...map));
    const anomalous = [0, 1, 1, 0];
    for (const protocol of ['paper', 'exact'] as const) {
      const f1OfPixels = protocol === 'paper' ? f1MaxSteps : f1Max;
      expect(evaluateClass(given, { protocol })).toEqual({
        image: {
          auroc: auroc(maxima, anomalous),
          ap: averagePrecision(maxima, anomalous),
          f1max: f1Max(maxima, anomalous),
        },
        pixel: {
          auroc: auroc(scores, labels),
          ap: averagePrecision(scores, labels),
          f1max: f1OfPixels(scores, labels),
          aupro: aupro(...pairs, { protocol }),
        },
      });
    }
  });

  test('takes image scores and labels if given', () => {
    const options = { protocol: 'exact' } as const;
    const own = { ...given, imageScores: [4, 3, 2, 1], imageLabels: [0, 1, 1, 1] };
    expectValue('inverted', evaluateClass(own, options).image.auroc, 0);
    expectValue('pixels as before', evaluateClass(own, options).pixel.auroc, auroc(scores, labels).value!);
  });

  test('of normal images alone is null throughout, with reasons', () => {
    const normal = { ...given, masks: masks.map((mask) => new Uint8Array(mask.length)) };
    for (const protocol of ['paper', 'exact'] as const) {
      const { image, pixel } = evaluateClass(normal, { protocol });
      for (const [name, metric] of [...Object.entries(image), ...Object.entries(pixel)]) {
        expectUndefined(name, metric, /^there is no anomalous/);
      }
    }
  });

  test('throws a sentence when sizes or lengths do not match', () => {
    const options = { protocol: 'exact' } as const;
    expect(() => evaluateClass({ ...given, masks: masks.slice(1) }, options)).toThrow(
      'got 4 maps and 3 masks',
    );
    expect(() => evaluateClass({ ...given, width: 8 }, options)).toThrow(
      'maps[0] must hold width * height = 8 * 7',
    );
    expect(() => evaluateClass({ ...given, imageScores: [1] }, options)).toThrow(
      'imageScores must have one entry',
    );
    expect(() => evaluateClass({ ...given, imageLabels: [1] }, options)).toThrow(
      'imageLabels must have one entry',
    );
    const broken = [...maps.slice(0, 3), new Float32Array(width * height).fill(NaN)];
    expect(() => evaluateClass({ ...given, maps: broken }, options)).toThrow(
      'got NaN in maps[3] at x = 0, y = 0',
    );
  });
});

describe('meanOverClasses', () => {
  const of = (value: number | null): ClassMetrics => {
    const metric = value === null ? { value, reason: 'there is no anomalous sample' } : { value };
    return {
      image: { auroc: metric, ap: metric, f1max: metric },
      pixel: { auroc: metric, ap: metric, f1max: metric, aupro: { value: 0.5 } },
    };
  };

  test('is the plain mean of every figure', () => {
    const mean = meanOverClasses({ cloth: of(0.25), wood: of(0.75) });
    expect(mean.image).toEqual({ auroc: { value: 0.5 }, ap: { value: 0.5 }, f1max: { value: 0.5 } });
    expect(mean.pixel.auroc).toEqual({ value: 0.5 });
    expect(mean.pixel.aupro).toEqual({ value: 0.5 });
  });

  test('puts each figure in its own place', () => {
    const names = ['auroc', 'ap', 'f1max', 'aupro'] as const;
    const figures: ClassMetrics = {
      image: { auroc: { value: 0.1 }, ap: { value: 0.2 }, f1max: { value: 0.3 } },
      pixel: { auroc: { value: 0.4 }, ap: { value: 0.5 }, f1max: { value: 0.6 }, aupro: { value: 0.7 } },
    };
    expect(meanOverClasses({ only: figures })).toEqual(figures);
    expect(Object.keys(meanOverClasses({ only: figures }).pixel)).toEqual(names);
  });

  test('lists the classes that are not in it', () => {
    const mean = meanOverClasses({ cloth: of(0.25), wood: of(null), tile: of(0.75) });
    expect(mean.pixel.auroc).toEqual({ value: 0.5, missing: ['wood'] });
    expect(mean.pixel.aupro).toEqual({ value: 0.5 });
  });

  test('is null with the reason when no class has a value, or there is no class', () => {
    const mean = meanOverClasses({ cloth: of(null), wood: of(null) });
    expectUndefined('all', mean.image.ap, /^undefined in every class: there is no anomalous sample$/);
    expectUndefined('none', meanOverClasses({}).image.ap, /there is no class/);
  });
});
