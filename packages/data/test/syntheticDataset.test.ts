import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { DataError } from '../src/errors.js';
import {
  renderSynthetic,
  syntheticClasses,
  syntheticDataset,
  syntheticDefects,
  syntheticVariants,
} from '../src/synthetic/index.js';
import { cleanMask } from '../src/synthetic/mask.js';
import { hash2, noise2 } from '../src/synthetic/noise.js';

test('by default there are 40 good training and 12 good test pictures a class and 5 of every defect', () => {
  const set = syntheticDataset();
  expect(set.classes).toEqual(syntheticClasses);
  for (const className of set.classes) {
    const train = set.train.filter((s) => s.className === className);
    const test = set.test.filter((s) => s.className === className);
    expect(train.map((s) => [s.defect, s.label])).toEqual(Array.from({ length: 40 }, () => ['good', 0]));
    expect(test.filter((s) => s.label === 0).length).toBe(12);
    for (const defect of syntheticDefects(className)) {
      expect(test.filter((s) => s.defect === defect && s.label === 1).length, `${className} ${defect}`).toBe(
        5,
      );
    }
  }
});

test('ids and hashes are unique, and a hash is SHA-256 of the recipe', async () => {
  const set = syntheticDataset();
  const all = [...set.train, ...set.test];
  expect(new Set(all.map((s) => s.id)).size).toBe(all.length);
  const hashes = await Promise.all(all.map((s) => s.hash()));
  expect(new Set(hashes).size).toBe(all.length);
  const text = `synthetic/v1/${set.classes[0]}/1/train/0/good`;
  expect(hashes[0]).toBe(createHash('sha256').update(text).digest('hex'));
  expect(await syntheticDataset({ seed: 2 }).train[0]!.hash()).not.toBe(hashes[0]);
});

test('a sample loads what renderSynthetic draws, and its mask is empty exactly when it is good', async () => {
  const set = syntheticDataset({
    classes: ['tile'],
    trainPerClass: 1,
    testGoodPerClass: 1,
    testPerDefect: 1,
    seed: 9,
  });
  const want = renderSynthetic({
    className: 'tile',
    seed: 9,
    split: 'train',
    index: 0,
    defect: 'good',
    size: 48,
  });
  expect(await set.train[0]!.load(48)).toEqual(want);
  for (const sample of set.test) {
    const { mask } = await sample.load(48);
    expect(
      mask.data.some((v) => v === 1),
      sample.id,
    ).toBe(sample.label === 1);
  }
});

test('more pictures of one kind leave the others as they were', async () => {
  const few = syntheticDataset({ trainPerClass: 2, testGoodPerClass: 2, testPerDefect: 1 });
  const many = syntheticDataset({ trainPerClass: 3, testGoodPerClass: 5, testPerDefect: 2 });
  const byId = new Map([...many.train, ...many.test].map((s) => [s.id, s]));
  for (const sample of [...few.train, ...few.test]) {
    expect(await byId.get(sample.id)!.hash(), sample.id).toBe(await sample.hash());
  }
});

test('classes can be chosen, an unknown one is refused, and a size that is too small rejects', async () => {
  const set = syntheticDataset({ classes: ['wood', 'cloth'], trainPerClass: 1 });
  expect(set.train.map((s) => s.className)).toEqual(['wood', 'cloth']);
  expect(() => syntheticDataset({ classes: ['banana'] })).toThrow(DataError);
  expect(() => syntheticDataset({ testPerDefect: 1.5 })).toThrow(/testPerDefect must be an integer.*got 1.5/);
  await expect(set.train[0]!.load(8)).rejects.toThrow(/size must be an integer of at least 16 pixels, got 8/);
});

test('cleanMask closes a gap, fills a pinhole, drops a speck and keeps the largest region', () => {
  const size = 100;
  const mask = new Uint8Array(size * size);
  for (let y = 20; y < 40; y++) for (let x = 20; x < 50; x++) if (x !== 33) mask[y * size + x] = 1;
  mask[30 * size + 40] = 0;
  mask[80 * size + 80] = 1;
  const clean = cleanMask(mask, size);
  // the disc of radius 1 reaches into the slit from three sides except at its two open ends
  expect(clean.reduce((a, b) => a + b, 0)).toBe(20 * 30 - 2);
  expect(clean[80 * size + 80]).toBe(0);
  const lone = new Uint8Array(size * size);
  lone[5] = 1;
  expect(cleanMask(lone, size)[5]).toBe(1);
});

test('noise2 passes through hash2 at the lattice, stays in [-1, 1] and is continuous', () => {
  for (let i = -3; i < 3; i++) expect(noise2(i, 2 * i, 77)).toBeCloseTo(2 * hash2(i, 2 * i, 77) - 1, 12);
  let last = noise2(-2, 0.3, 5);
  for (let x = -2; x < 2; x += 0.001) {
    const value = noise2(x, 0.3, 5);
    expect(Math.abs(value)).toBeLessThanOrEqual(1);
    expect(Math.abs(value - last)).toBeLessThan(0.01);
    last = value;
  }
});

test('variants are products of their own: each class in turn, drawn alike in every data set, told apart by colour and proportions', async () => {
  const count = syntheticClasses.length + 2;
  const variants = syntheticVariants(count);
  expect(new Set(variants).size).toBe(count);
  expect(variants.slice(0, syntheticClasses.length)).toEqual(syntheticClasses.map((name) => `${name}-1`));
  expect(variants.at(-2)).toBe(`${syntheticClasses[0]!}-2`);
  const set = syntheticDataset({
    classes: variants,
    trainPerClass: 2,
    testGoodPerClass: 1,
    testPerDefect: 1,
  });
  expect(set.classes).toEqual(variants);
  const mean = async (name: string, index = 0) => {
    const { image } = await set.train.find(({ id }) => id === `${name}/train/good/00${index}`)!.load(32);
    const sums = [0, 0, 0];
    image.data.forEach((value, i) => (sums[i % 3]! += value));
    return sums.map((sum) => sum / 1024);
  };
  const apart = (a: number[], b: number[]) => Math.max(...a.map((value, c) => Math.abs(value - b[c]!)));
  const [one, other] = [variants[0]!, variants.at(-2)!];
  expect(apart(await mean(one), await mean(other))).toBeGreaterThan(
    3 * apart(await mean(one), await mean(one, 1)),
  );
});

test('the defects of a variant change its picture only in their mask', () => {
  for (const className of syntheticVariants(14)) {
    const [defect] = syntheticDefects(className);
    const recipe = { className, seed: 3, split: 'test', index: 1, size: 48 } as const;
    const good = renderSynthetic({ ...recipe, defect: 'good' });
    const bad = renderSynthetic({ ...recipe, defect: defect! });
    expect(
      bad.mask.data.some((value) => value === 1),
      className,
    ).toBe(true);
    const changed = bad.mask.data.findIndex(
      (value, i) =>
        value === 0 && [0, 1, 2].some((c) => bad.image.data[3 * i + c] !== good.image.data[3 * i + c]),
    );
    expect(changed, className).toBe(-1);
  }
});

test.each(['tile-0', 'tile-01', 'tile-', 'banana-1', 'Tile-1'])('%s is no variant', (name) => {
  expect(() => syntheticDefects(name)).toThrow(DataError);
});
