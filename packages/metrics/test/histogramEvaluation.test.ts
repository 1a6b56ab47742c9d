import { describe, expect, test } from 'vitest';
import {
  ExactEvaluation,
  HistogramEvaluation,
  type BoundedMetric,
  type EvaluatedImage,
  type Metric,
} from '../src/index.js';
import { binOf, BINS } from '../src/histogram/histogram.js';
import { seeded } from './random.js';

type Draw = (random: () => number, lift: number) => number;

/** Scores that bins separate well, poorly and not at all. */
const DRAWS: Record<string, Draw> = {
  'spread evenly': (random, lift) => random() + lift,
  tied: (random, lift) => Math.floor((random() + lift) * 6),
  'all but equal': (random, lift) => 1 + (random() + lift) * 1e-5,
  'in a few bins': (random, lift) => 1 + (random() + lift) * 2 ** -9,
  'of one value': () => 3,
  'inverted, anomalous below normal in every bin': (random, lift) =>
    1 + Math.floor(random() * 4) * 0.25 + (lift > 0 ? 0 : random() * 2 ** -13),
  'sorted, anomalous above normal in every bin': (random, lift) =>
    1 + Math.floor(random() * 4) * 0.25 + (lift > 0 ? random() * 2 ** -13 : 0),
  'around zero': (random, lift) => [-0, 0, 1e-45, -1e-45, 3e38, -3e38][Math.floor((random() + lift) * 4.2)]!,
  'out of range of float32': (random, lift) => (random() - 0.5 + lift) * 1e300,
  'closer than float32 resolves': (random, lift) => 1 + (random() + lift) * 1e-12,
};

function draw(seed: number, value: Draw, density: number): EvaluatedImage[] {
  const random = seeded(seed);
  return Array.from({ length: 6 }, (_, i): EvaluatedImage => {
    const [width, height] = [12 + i, 10];
    const mask = Uint8Array.from({ length: width * height }, () => Number(i < 4 && random() < density));
    const map = Float64Array.from(mask, (label) => value(random, 0.4 * label));
    return { map, mask, width, height };
  });
}

function both(images: readonly EvaluatedImage[]) {
  const exact = new ExactEvaluation();
  do images.forEach((image) => exact.add(image));
  while (exact.endPass());
  const histogram = new HistogramEvaluation();
  images.forEach((image) => histogram.add(image));
  return { exact: exact.result().metrics, bounded: histogram.result() };
}

/** Every figure with its bound; calls back for the pixel figures. */
function compare(
  images: readonly EvaluatedImage[],
  each: (name: string, got: BoundedMetric, want: Metric) => void,
): void {
  const { exact, bounded } = both(images);
  for (const protocol of ['paper', 'exact'] as const) {
    expect(bounded[protocol].image).toEqual(exact[protocol].image);
    for (const figure of ['auroc', 'ap', 'f1max', 'aupro'] as const) {
      each(`${figure}, ${protocol}`, bounded[protocol].pixel[figure], exact[protocol].pixel[figure]);
    }
  }
}

describe('the true figure is within the stated error', () => {
  test.each(Object.entries(DRAWS))('when scores are %s', (_, value) => {
    let seed = 90;
    for (const density of [0.02, 0.3, 0.95]) {
      for (let round = 0; round < 4; round++) {
        compare(draw(seed++, value, density), (name, got, want) => {
          if (got.value === null) {
            // Only this figure may be undecided by the bins.
            if (want.value !== null) expect(name).toBe('aupro, paper');
            return;
          }
          expect(want.value, `${name} is ${JSON.stringify(got)}`).not.toBeNull();
          const off = Math.abs(got.value - want.value!);
          expect(off, `${name}: ${JSON.stringify(got)} for ${want.value}`).toBeLessThanOrEqual(got.error);
          expect(got.value - got.error).toBeGreaterThan(-1e-8);
          expect(got.value + got.error).toBeLessThan(1 + 1e-8);
        });
      }
    }
  });
});

test('the error is small where scores are spread: below 0.002 here, and every figure is defined', () => {
  const random = seeded(97);
  const images = Array.from({ length: 12 }, (_, i): EvaluatedImage => {
    const side = 96;
    const mask = Uint8Array.from({ length: side * side }, (_v, k) =>
      Number(i % 3 > 0 && k % side < 16 && k < side * 16),
    );
    const map = Float32Array.from(mask, (label) => (random() + random() + random()) / 3 + 0.25 * label);
    return { map, mask, width: side, height: side };
  });
  compare(images, (name, got) => {
    if (got.value === null) expect.fail(`${name}: ${got.reason}`);
    // The 21 steps of the authors' rule are edges of no bin.
    expect(got.error, name).toBeLessThan(0.002);
  });
});

test('undefined figures are null in both', () => {
  const normal = draw(98, DRAWS.tied!, 0);
  const anomalous = [
    { map: Float32Array.of(1, 2, 3, 4), mask: Uint8Array.of(1, 1, 1, 1), width: 2, height: 2 },
  ];
  for (const images of [normal, anomalous, []]) {
    compare(images, (name, got, want) => expect(got.value === null, name).toBe(want.value === null));
  }
});

test('binOf never falls as the score rises and stays within the bins', () => {
  const random = seeded(99);
  const scores = Float64Array.from({ length: 4000 }, (_, i) => (random() - 0.5) * 10 ** ((i % 80) - 40));
  scores.set([0, -0, Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, -Number.MIN_VALUE]);
  scores.sort();
  const bins = Array.from(scores, binOf);
  expect(bins).toEqual(bins.toSorted((a, b) => a - b));
  expect(bins[0]).toBeGreaterThanOrEqual(0);
  expect(bins.at(-1)).toBeLessThan(BINS);
  expect(binOf(-0)).toBe(binOf(0));
});

test('errors of sizes and scores name the position', () => {
  const histogram = new HistogramEvaluation();
  const image = { map: new Float32Array(4), mask: new Uint8Array(4), width: 2, height: 2 };
  expect(() => histogram.add({ ...image, map: Float32Array.of(0, 0, NaN, 0) })).toThrow('got NaN in maps[0]');
  expect(() => histogram.add({ ...image, mask: new Uint8Array(3) })).toThrow('masks[0] must hold');
});
