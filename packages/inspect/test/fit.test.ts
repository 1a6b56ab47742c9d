import { classPrototypes, recognitionOf, type ModelInfo, type SelfTest } from '@pyramid-mamba/model';
import { describe, expect, test } from 'vitest';
import {
  BLANK,
  chooseClass,
  decide,
  distrustOf,
  fewPicturesOf,
  fitDoubts,
  fitOf,
  HARDLY,
  lastingDoubts,
  NO_PRODUCT,
  productDoubts,
  thresholdsFrom,
  type ProductHint,
} from '../src/index.js';

/** A class of `count` pictures whose features are spread by 0.1 around a centre. */
function pictures(count: number, ...centre: number[]): number[][] {
  return Array.from({ length: count }, (_, i) =>
    centre.map((value, c) => value + 0.1 * Math.sin(7 * i + 3 * c + 1)),
  );
}

function info(
  classes: Record<string, number[][]>,
): Pick<ModelInfo, 'classes' | 'prototypes' | 'recognition'> {
  const prototypes: Record<string, number[]> = {};
  const recognition: NonNullable<ModelInfo['recognition']> = {};
  for (const [name, features] of Object.entries(classes)) {
    prototypes[name] = features[0]!.map(
      (_, c) => features.reduce((sum, f) => sum + f[c]!, 0) / features.length,
    );
    const own = recognitionOf(features, prototypes[name]);
    if (own) recognition[name] = own;
  }
  return { classes: Object.keys(classes), prototypes, recognition };
}

const at = (...feature: number[]) => Float32Array.from(feature);
const choose = (known: ReturnType<typeof info>, feature: Float32Array, hint?: ProductHint) =>
  chooseClass(known, hint, feature, { product: 'choose it' });
const thresholds = { review: 1, reject: 2 };

describe('a picture of no product', () => {
  const one = info({ tile: pictures(30, 1, 1, 1) });
  const two = info({ tile: pictures(30, 1, 1, 1), wood: pictures(30, 5, 5, 5) });

  test('is UNKNOWN whatever its score, also in a model of one product and for a given one', () => {
    for (const [known, hint] of [
      [one, undefined],
      [one, { given: 'tile' }],
      [two, undefined],
      [two, { given: 'wood' }],
      [two, { folder: 'tile' }],
    ] as const) {
      const { className, doubts } = choose(known, at(1, 3, 9), hint);
      expect(doubts).toEqual([NO_PRODUCT]);
      for (const score of [0, 1.5, 3]) {
        expect(decide(score, className, thresholds, doubts, Infinity).verdict).toBe('UNKNOWN');
      }
      expect(decide(0, className, null, doubts, Infinity).verdict).toBe('UNKNOWN');
    }
  });

  test('that is not far is UNKNOWN unless its score is NG, as one with a large defect', () => {
    const { doubts } = choose(one, at(1.17, 1.17, 1.17));
    expect(doubts).toEqual([HARDLY]);
    const verdicts = [0, 1.5, 3].map((score) => decide(score, 'tile', thresholds, doubts, Infinity).verdict);
    expect(verdicts).toEqual(['UNKNOWN', 'UNKNOWN', 'NG']);
  });

  test('is never judged OK at any distance beyond the limit, and its own pictures fit', () => {
    for (const feature of pictures(30, 1, 1, 1)) expect(fitOf(two, at(...feature))).toBe('yes');
    let before = 0;
    const order = ['yes', 'hardly', 'no'];
    for (let step = 0; step < 60; step++) {
      const place = order.indexOf(fitOf(one, at(1 + step / 20, 1, 1)));
      expect(place).toBeGreaterThanOrEqual(before);
      before = place;
      const { verdict } = decide(
        0,
        'tile',
        thresholds,
        fitDoubts(fitOf(one, at(1 + step / 20, 1, 1))),
        Infinity,
      );
      if (place > 0) expect(verdict).not.toBe('OK');
    }
    expect(before).toBe(2);
  });

  test('keeps the scores and thresholds checked', () => {
    expect(() => decide(NaN, 'tile', thresholds, [NO_PRODUCT], 1)).toThrow(/finite/);
    expect(() => decide(1, 'tile', { review: 2, reject: 1 }, [NO_PRODUCT], 1)).toThrow(/at most/);
  });
});

test('a picture within the limit of another class alone is REVIEW at best', () => {
  const wide = info({
    tile: pictures(30, 1, 1, 1),
    wood: pictures(30, 3, 3, 3).map((f, i) => f.map((v) => v + 2 * Math.cos(i))),
  });
  const { className, classSource, doubts } = choose(wide, at(1.5, 1.5, 1.5));
  expect([className, classSource]).toEqual(['tile', 'nearest']);
  expect(doubts).toEqual([expect.stringMatching(/nearest to tile.*it may be wood/)]);
});

test('a doubt about a picture stays by any thresholds; those about thresholds and self-test do not', () => {
  const two = info({ tile: pictures(30, 1, 1, 1), wood: pictures(30, 5, 5, 5) });
  const { doubts } = choose(two, at(1, 1, 1), { given: 'wood' });
  expect(doubts).toEqual([expect.stringMatching(/looks like tile, but it is judged as wood/)]);
  expect(productDoubts(two, 'wood', 'given', at(1, 1, 1))).toEqual(doubts);
  const selfTest = { tile: { passed: false, reason: 'it overlooks 5 of 9' } } as unknown as SelfTest;
  const about = [
    distrustOf({ selfTest }, 'tile')!,
    distrustOf({ selfTest }, 'wood')!,
    decide(0, 'tile', null, [], 1).doubts[0]!,
    decide(0, 'tile', { review: 2, reject: 2 }, [], 1).doubts[0]!,
  ];
  const all = [...about, BLANK, ...doubts];
  expect(lastingDoubts(all)).toEqual([BLANK, ...doubts]);
});

test('few pictures do not refuse everything, copies of one neither, and older files judge as before', () => {
  // features of 32 values, independent: the hardest case for the mean of few pictures
  let state = 1;
  const noise = () => ((state = (state * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5) * 0.2;
  const drawn = (count: number) =>
    Array.from({ length: count }, () => Array.from({ length: 32 }, () => 1 + noise()));
  for (const count of [2, 3, 5, 30]) {
    let refused = 0;
    for (let round = 0; round < 20; round++) {
      const known = info({ tile: drawn(count) });
      refused += drawn(10).filter((feature) => fitOf(known, at(...feature)) !== 'yes').length;
      expect(fitOf(known, at(...drawn(1)[0]!.map((value) => 2 * value)))).toBe('no');
    }
    expect(refused, `of 200, ${count} pictures`).toBeLessThanOrEqual(10);
  }
  const copies = info({ tile: Array.from({ length: 9 }, () => [1, 1, 1]) });
  expect([fitOf(copies, at(1, 1.01, 1)), fitOf(copies, at(2, 2, 2))]).toEqual(['yes', 'no']);
  const single = info({ tile: pictures(1, 1, 1, 1) });
  expect(fitOf(single, at(9, 9, 9))).toBe('yes');
  const mixed = info({ tile: pictures(1, 1, 1, 1), wood: pictures(30, 5, 5, 5) });
  expect([fitOf(mixed, at(-9, 1, 1)), fitOf(mixed, at(50, 50, 50))]).toEqual(['yes', 'no']);
  const { recognition: _, ...older } = info({ tile: pictures(30, 1, 1, 1) });
  expect(fitOf(older, at(9, 9, 9))).toBe('yes');
});

test('recognition is measured by leaving each picture out, over evenly chosen ones', async () => {
  expect(recognitionOf([[0], [3], [6]], [3])).toEqual({ distances: [0, 4.5, 4.5] });
  const asked: number[] = [];
  const { prototypes, recognition } = await classPrototypes(
    ['a', 'b'],
    Array.from({ length: 200 }, (_, i) => (i === 199 ? 'b' : 'a')),
    ([i]) => {
      asked.push(i!);
      return Promise.resolve([]);
    },
    () => Promise.resolve([Float32Array.of(asked.at(-1)!)]),
  );
  expect([asked.length, asked[0], asked.at(-2)! > 190]).toEqual([65, 0, true]);
  expect(recognition['a']!.distances).toHaveLength(64);
  expect([Object.keys(prototypes), Object.keys(recognition)]).toEqual([['a', 'b'], ['a']]);
});

test('a class whose self-test failed never gives OK, and the doubt says why', () => {
  const selfTest = {
    tile: { passed: false, reason: 'it found 4 of 90 drawn defects' },
    wood: { passed: true },
    cloth: { passed: false },
  } as unknown as SelfTest;
  const doubt = distrustOf({ selfTest }, 'tile')!;
  expect(doubt).toBe('the model failed its self-test for tile: it found 4 of 90 drawn defects');
  expect(decide(0, 'tile', thresholds, [doubt], Infinity)).toEqual({ verdict: 'REVIEW', doubts: [doubt] });
  expect(decide(9, 'tile', thresholds, [doubt], Infinity).verdict).toBe('NG');
  expect(distrustOf({ selfTest }, 'wood')).toBeUndefined();
  expect(distrustOf({ selfTest }, 'cloth')).toMatch(/failed its self-test for cloth/);
  for (const name of ['other', 'constructor'])
    expect(distrustOf({ selfTest }, name)).toBe(`the model could not test itself for ${name}`);
  expect(distrustOf({ selfTest }, null)).toBeUndefined();
  expect(distrustOf({ selfTest: undefined }, 'tile')).toBeUndefined();
});

test('thresholds come from records of good pictures, drawn and real defects', () => {
  const scored = (kind: string, ...scores: number[]) =>
    scores.map((score) => ({ className: 'tile', kind, score }));
  const good = scored('good', 1, 2, 3, 4, 5).map((one) => ({
    ...one,
    thinned: Float32Array.of(one.score / 10),
  }));
  const found = thresholdsFrom([...good, ...scored('scratch', 3, 5.5, 9)]);
  expect(found['tile']).toMatchObject({
    review: 5.25,
    method: 'drawn',
    goodCount: 5,
    defectCount: 0,
    background: 0.5,
  });
  const real = thresholdsFrom([...good, ...scored('defective', 20), ...scored('hole', 30)]);
  expect(real['tile']).toMatchObject({ method: 'f1', defectCount: 1 });
  expect(thresholdsFrom(good, { largestScore: 2 })).toEqual({});
  expect(thresholdsFrom(scored('hole', 1))).toEqual({});
  const copies = scored('good', 50, 60).map((one) => ({ ...one, copy: true as const }));
  expect(thresholdsFrom([...good, ...copies])).toEqual(thresholdsFrom(good));
  expect(thresholdsFrom(scored('good', 1, 2))['tile']!.background).toBe(1);
  expect(fewPicturesOf(found, 0.01)).toEqual([expect.stringMatching(/^tile: with 5 good pictures/)]);
  expect(fewPicturesOf(found, 0.5)).toEqual([]);
});
