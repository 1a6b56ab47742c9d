// A model of a thousand products: work that grows with the products, not with their square, and text that stays readable.
import { methodOf, classPrototypes, type ClassSelfTest, type SelfTest } from '@pyramid-mamba/model';
import type { Sample } from '@pyramid-mamba/data';
import { expect, test, vi } from 'vitest';
import {
  chooseClass,
  orientationGains,
  picturesInTest,
  reportParagraph,
  selfTestOf,
  sentenceOf,
  STAGES,
  thresholdsFrom,
  withRowsFor,
  withShiftedCopies,
  type BankOf,
  type GoodRecord,
  type SelfTestPicture,
} from '../src/index.js';

const names = (count: number): string[] => Array.from({ length: count }, (_, i) => `p${i}`);

/** Objects that count how often their class is read. */
function counted<T extends object>(items: readonly T[]): { items: T[]; reads: () => number } {
  let reads = 0;
  const watched = items.map(
    (item) =>
      new Proxy(item, {
        get(target, key, receiver): unknown {
          if (key === 'className') reads++;
          return Reflect.get(target, key, receiver);
        },
      }),
  );
  return { items: watched, reads: () => reads };
}

const goodOf = (className: string, n: number): GoodRecord => ({
  className,
  picture: `${className}/${n}`,
  side: 64,
  kind: 'good',
  score: 0.1 + 0.01 * n,
  thinned: Float32Array.of(0.1),
});

test('thresholds, self-test and shifted copies read the class of each record a few times, however many classes there are', () => {
  const records = names(60).flatMap((name) => [0, 1, 2].map((n) => goodOf(name, n)));
  const seen = counted(records);
  const calibration = thresholdsFrom(seen.items);
  expect(Object.keys(calibration)).toHaveLength(60);
  expect(Object.keys(selfTestOf(seen.items, calibration))).toHaveLength(60);
  expect(seen.reads()).toBeLessThanOrEqual(6 * records.length);

  const pictures = names(60).map((className): SelfTestPicture => ({
    className,
    id: className,
    load: () => Promise.reject(new Error('not loaded')),
  }));
  const watched = counted(pictures);
  expect(withShiftedCopies(watched.items, 1, 2)).toHaveLength(120);
  expect(watched.reads()).toBeLessThanOrEqual(4 * pictures.length);
});

test('prototypes read the class of each training picture a few times', async () => {
  const classes = names(50);
  const classOf = classes.flatMap((name) => [name, name]);
  let reads = 0;
  const watched = new Proxy(classOf, {
    get(target, key, receiver): unknown {
      if (typeof key === 'string' && /^\d+$/.test(key)) reads++;
      return Reflect.get(target, key, receiver);
    },
  });
  const { prototypes, recognition } = await classPrototypes(
    classes,
    watched,
    // what stands for features is the picture's index
    ([index]) => Promise.resolve([index] as never),
    ([index]) => Promise.resolve([Float32Array.of(index as never, index as never)]),
  );
  expect(prototypes['p49']).toEqual([98.5, 98.5]);
  expect(Object.keys(recognition)).toEqual(classes);
  expect(reads).toBeLessThanOrEqual(2 * classOf.length);
});

test('drawn defects: 45 a class of up to a hundred, then 4,500 in all, and never fewer than two of each kind', () => {
  const drawn = (count: number): number =>
    (picturesInTest(names(count).map((className) => ({ className }))) - count) / count;
  expect([1, 5, 12, 100, 150, 250, 500, 1000, 5000].map(drawn)).toEqual([
    108, 108, 45, 45, 30, 18, 18, 18, 18,
  ]);
});

test('a bank of many classes has rows for each of them', () => {
  const { model } = methodOf({ method: 'patchcore' }).presets['fast']!;
  const rowsOf = (classes: number) => {
    const found = withRowsFor(model, classes) as typeof model & { coreset: { candidates: number | null } };
    return found.coreset.candidates;
  };
  expect([1, 15, 128, 129, 1000].map(rowsOf)).toEqual([8192, 8192, 8192, 64 * 129, 64_000]);
  expect(STAGES[0]).toEqual({ method: 'patchcore', preset: 'fast' });
});

test('of more than a hundred classes the orientations of the weakest ones are looked at', async () => {
  const classes = names(130);
  const train = classes.flatMap((className) =>
    [0, 1, 2, 3].map((i) => ({ id: `${className}/${i}`, className }) as Sample),
  );
  const selfTest = Object.fromEntries(
    classes.map((name, i) => [name, { figure: i < 20 ? 0.5 : 0.9 + 0.0001 * i }]),
  ) as unknown as SelfTest;
  const asked: string[] = [];
  const bankOf = ((pictures, name) => {
    asked.push(name);
    expect(pictures.map(({ className }) => className)).toEqual([name, name, name, name]);
    return Promise.resolve(0.1);
  }) as BankOf;
  const told: number[] = [];
  const gains = await orientationGains(
    { classes, train },
    { bankOf, seed: 1, selfTest, onProgress: (_, total) => void told.push(total) },
  );
  expect(asked).toEqual(classes.slice(0, 100));
  expect(Object.keys(gains)).toEqual(asked);
  expect(new Set(told)).toEqual(new Set([100]));
});

test('limits of classes are computed once, not again for each picture', () => {
  const classes = names(40);
  const distances = vi.fn(() => [0.1, 0.2, 0.3]);
  const info = {
    classes,
    prototypes: Object.fromEntries(classes.map((name, i) => [name, [i, 1]])),
    recognition: Object.fromEntries(
      classes.map((name) => [
        name,
        {
          get distances() {
            return distances();
          },
        },
      ]),
    ),
  };
  const choose = (x: number) => chooseClass(info, undefined, Float32Array.of(x, 1), { product: 'choose it' });
  expect(choose(5).className).toBe('p5');
  // near none of them: all are compared
  choose(1000);
  const after = distances.mock.calls.length;
  for (const x of [0, 9, 20.4, 38]) expect(choose(x).className).toBe(`p${Math.round(x)}`);
  expect(distances.mock.calls.length).toBe(after);
});

const tested = (passed: boolean): ClassSelfTest =>
  ({
    passed,
    ...(passed ? {} : { reason: 'it overlooks 3 of 4 clear drawn defects' }),
    good: { pictures: 5, refused: passed ? 0 : 1 },
    drawn: { drawn: 9, found: 6 },
  }) as ClassSelfTest;

test('the self-test of many classes is told in two sentences, and names few of those that failed', () => {
  const all = Object.fromEntries(names(300).map((name, i) => [name, tested(i % 10 !== 0)]));
  const said = sentenceOf(all);
  expect(said).toMatch(
    /^Self-test of 300 products: 270 passed; of 2700 defects drawn on good pictures it finds 1800 .*of 1500 good pictures it refuses 30/,
  );
  expect(said).toMatch(
    /Not to be trusted with an OK: p0 \(it overlooks 3 of 4 .*\), p10 .* … and 22 more\.$/,
  );
  expect(said.split('\n')).toHaveLength(1);
});

test('the first paragraph of a report names a dozen of many products', () => {
  const classes = names(300);
  const said = reportParagraph({
    classes,
    lines: classes.map((name) => ({ class: name, label: 1, verdict: 'OK' })),
    thresholds: Object.fromEntries(classes.map((name) => [name, { method: 'f1', goodCount: 3 }])),
    selfTest: undefined,
  }).join(' ');
  expect(said).toMatch(/300 pictures of p0, p1, .*p11, … and 288 more were inspected/);
  expect(said).toMatch(/missed and passed as good \(1 of p0, .*… and 288 more\)/);
  expect(said.length).toBeLessThan(1500);
});
