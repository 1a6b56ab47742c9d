import { describe, expect, test } from 'vitest';
import {
  evaluateMaps,
  ExactEvaluation,
  prCurve,
  proCurve,
  rocCurve,
  type EvaluatedImage,
  type Scores,
} from '../src/index.js';
import {
  aurocByPairs,
  auproBySteps,
  auproByThresholds,
  averagePrecisionByThresholds,
  f1MaxByThresholds,
  f1MaxByTwentyOneSteps,
} from './bruteForce.js';
import { expectUndefined, expectValue } from './expectMetric.js';
import { seeded } from './random.js';

type Kind = 'distinct' | 'tied' | 'around zero';

function drawImages(seed: number, kind: Kind, as: (values: number[]) => Scores): EvaluatedImage[] {
  const random = seeded(seed);
  const value = {
    distinct: (lift: number) => random() + lift,
    tied: (lift: number) => Math.floor((random() + lift) * 7),
    'around zero': (lift: number) =>
      [-0, 0, 1e-45, -1e-45, 3e38, -3e38, 1e-30][Math.floor((random() + lift) * 5)] ?? 0,
  }[kind];
  return (
    [
      [6, 5],
      [5, 6],
      [1, 8],
      [4, 4],
    ] as const
  ).map(([width, height], index) => {
    const mask = Uint8Array.from({ length: width * height }, () => Number(index < 2 && random() < 0.3));
    const map = as(Array.from(mask, (label) => value(label * 0.4)));
    return { map, mask: index === 3 ? undefined : mask, width, height };
  });
}

/** All figures by direct counting. */
function expectBruteForce(images: readonly EvaluatedImage[], evaluation: ExactEvaluation): void {
  const scores = images.flatMap(({ map }) => [...map]);
  const masks = images.map(({ map, mask }) => mask ?? new Uint8Array(map.length));
  const labels = masks.flatMap((mask) => [...mask]);
  const maps = images.map(({ map, width, height }) => ({ data: map, width, height }));
  const truth = images.map(({ width, height }, i) => ({ data: masks[i]!, width, height }));
  const maxima = images.map(({ map }) => Math.max(...map));
  const anomalous = masks.map((mask) => Number(mask.some((value) => value > 0)));
  const { metrics, images: kept } = evaluation.result();
  expect([...kept.scores]).toEqual(maxima);
  expect([...kept.labels]).toEqual(anomalous);
  for (const { image, pixel } of Object.values(metrics)) {
    expectValue('image AU-ROC', image.auroc, aurocByPairs(maxima, anomalous));
    expectValue('image AP', image.ap, averagePrecisionByThresholds(maxima, anomalous));
    expectValue('image F1-max', image.f1max, f1MaxByThresholds(maxima, anomalous));
    expectValue('pixel AU-ROC', pixel.auroc, aurocByPairs(scores, labels));
    expectValue('pixel AP', pixel.ap, averagePrecisionByThresholds(scores, labels));
  }
  const { paper, exact } = metrics;
  expectValue('pixel F1-max', exact.pixel.f1max, f1MaxByThresholds(scores, labels));
  expectValue('pixel F1-max, 21 steps', paper.pixel.f1max, f1MaxByTwentyOneSteps(scores, labels));
  expectValue('AU-PRO', exact.pixel.aupro, auproByThresholds(maps, truth, 0.3));
  if (paper.pixel.aupro.value !== null) {
    expectValue('AU-PRO, 100 steps', paper.pixel.aupro, auproBySteps(maps, truth, 0.3, 100));
  }
}

function passes(evaluation: ExactEvaluation, images: readonly EvaluatedImage[]): number {
  let count = 0;
  do {
    images.forEach((image) => evaluation.add(image));
    count++;
  } while (evaluation.endPass());
  return count;
}

const FLOAT32 = (values: number[]): Scores => Float32Array.from(values);
const FLOAT64 = (values: number[]): Scores => Float64Array.from(values);

describe('ExactEvaluation agrees with direct counting', () => {
  describe.each(['distinct', 'tied', 'around zero'] as const)('when scores are %s', (kind) => {
    test.each([1, 2, 3, 7, 1000])('holding %i thresholds at once', (maxThresholds) => {
      for (const [name, as] of Object.entries({ FLOAT32, FLOAT64 })) {
        const images = drawImages(71, kind, as);
        const evaluation = new ExactEvaluation({ maxThresholds });
        const count = passes(evaluation, images);
        expectBruteForce(images, evaluation);
        const anomalous = images.flatMap(({ map, mask }) => [...map].filter((_, k) => mask?.[k]));
        const distinct = new Set(anomalous.map((score) => score + 0)).size; // -0 is 0
        expect(count, name).toBe(1 + Math.ceil(distinct / maxThresholds));
      }
    });
  });

  test('when some maps are Float32Array and some are Float64Array, in either order', () => {
    const doubles = drawImages(72, 'distinct', FLOAT64);
    const mixed = doubles.map((image, i) =>
      i % 2 ? { ...image, map: Float32Array.from(image.map) } : image,
    );
    for (const images of [mixed, mixed.toReversed()]) {
      const evaluation = new ExactEvaluation({ maxThresholds: 5 });
      passes(evaluation, images);
      expectBruteForce(images, evaluation);
    }
  });
});

test('many more normal pixels than a chunk are counted the same as by sorting them', () => {
  const random = seeded(73);
  const images = Array.from({ length: 80 }, (_, i): EvaluatedImage => {
    const map = Float32Array.from({ length: 65_536 }, () => random() + random());
    const mask = i % 8 === 0 ? Uint8Array.from(map, (_score, k) => Number(k % 1024 < 9)) : undefined;
    if (mask) for (let k = 0; k < map.length; k++) map[k]! += mask[k]! * 0.25;
    return { map, mask, width: 256, height: 256 };
  });
  const evaluation = new ExactEvaluation();
  expect(passes(evaluation, images)).toBe(2);
  // Rank sum over all pixels (Mann and Whitney 1947); a tie counts half, so the rank is the middle of the tied ones.
  const sorted = new Float32Array(80 * 65_536);
  images.forEach(({ map }, i) => sorted.set(map, i * 65_536));
  sorted.sort();
  const position = (holds: (score: number) => boolean): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (holds(sorted[middle]!)) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  let ranks = 0;
  let positives = 0;
  for (const { map, mask } of images) {
    map.forEach((score, k) => {
      if (!mask?.[k]) return;
      ranks += (position((s) => s < score) + 1 + position((s) => s <= score)) / 2;
      positives++;
    });
  }
  const wins = ranks - (positives * (positives + 1)) / 2;
  const { pixel } = evaluation.result().metrics.exact;
  expectValue('AU-ROC', pixel.auroc, wins / positives / (sorted.length - positives), 1e-9);
}, 60_000);

test('the curves are those of the single functions, whatever the number of thresholds held', () => {
  const images = drawImages(77, 'tied', FLOAT32);
  const maps = images.map(({ map, width, height }) => ({ data: map, width, height }));
  const masks = maps.map(({ data, width, height }, i) => ({
    data: images[i]!.mask ?? new Uint8Array(data.length),
    width,
    height,
  }));
  const scores = maps.flatMap(({ data }) => [...data]);
  const labels = masks.flatMap(({ data }) => [...data]);
  for (const maxThresholds of [2, 1000]) {
    const evaluation = new ExactEvaluation({ maxThresholds, curvePoints: 6 });
    passes(evaluation, images);
    const { curves, images: judged } = evaluation.result();
    const options = { maxPoints: 6 };
    expect(curves).toEqual({
      image: {
        roc: rocCurve(judged.scores, judged.labels, options),
        pr: prCurve(judged.scores, judged.labels, options),
      },
      pixel: {
        roc: rocCurve(scores, labels, options),
        pr: prCurve(scores, labels, options),
        pro: proCurve(maps, masks, { ...options, fprLimit: 0.3 }),
      },
    });
  }
});

describe('a source that is read again', () => {
  const images = drawImages(74, 'distinct', FLOAT32);
  const expected = new ExactEvaluation();
  passes(expected, images);

  test('can be synchronous or asynchronous', async () => {
    async function* later(): AsyncGenerator<EvaluatedImage> {
      for (const image of images) yield await Promise.resolve(image);
    }
    expect(await evaluateMaps(() => images)).toEqual(expected.result());
    expect(await evaluateMaps(later)).toEqual(expected.result());
  });

  test('is an error when its second pass differs', async () => {
    const once = images[Symbol.iterator]();
    await expect(evaluateMaps(() => ({ [Symbol.iterator]: () => once }))).rejects.toThrow(
      /every pass must have the same maps .* had 0 maps .* can be read repeatedly/,
    );
    let pass = 0;
    const drifting = (): EvaluatedImage[] => {
      pass++;
      return images.map((image) => ({ ...image, map: image.map.map((score) => score + pass) }));
    };
    await expect(evaluateMaps(drifting)).rejects.toThrow('every pass must have the same maps');
  });
});

describe('awkward input', () => {
  test('one pass is enough without an anomalous pixel or an image, and the figures are null with a reason', () => {
    const normal = drawImages(75, 'distinct', FLOAT32).map((image) => ({ ...image, mask: undefined }));
    for (const images of [normal, []]) {
      const evaluation = new ExactEvaluation();
      expect(passes(evaluation, images)).toBe(1);
      const { pixel } = evaluation.result().metrics.exact;
      for (const [name, metric] of Object.entries(pixel)) {
        expectUndefined(name, metric, /no anomalous/);
      }
    }
  });

  test('the order of calls is checked', () => {
    const [image] = drawImages(76, 'distinct', FLOAT32);
    const evaluation = new ExactEvaluation();
    evaluation.add(image!);
    expect(() => evaluation.result()).toThrow('until endPass() returns false');
    expect(evaluation.endPass()).toBe(true);
    evaluation.add(image!);
    expect(evaluation.endPass()).toBe(false);
    expect(() => evaluation.add(image!)).toThrow('it has ended');
    expect(() => evaluation.endPass()).toThrow('it has ended');
  });

  test('errors of sizes, scores and options name the position', () => {
    const evaluation = new ExactEvaluation();
    const image = { map: new Float32Array(4), mask: new Uint8Array(4), width: 2, height: 2 };
    evaluation.add(image);
    expect(() => evaluation.add({ ...image, map: Float32Array.of(0, NaN, 0, 0) })).toThrow(
      'got NaN in maps[1] at x = 1, y = 0',
    );
    expect(() => evaluation.add({ ...image, mask: new Uint8Array(3) })).toThrow('masks[1] must hold');
    expect(() => evaluation.add({ ...image, width: 3 })).toThrow('maps[1] must hold width * height = 3 * 2');
    for (const maxThresholds of [0, NaN]) {
      expect(() => new ExactEvaluation({ maxThresholds })).toThrow('maxThresholds must be at least 1');
    }
  });
});
