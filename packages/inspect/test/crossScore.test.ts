// What a model is shown for its self-test, and what it is scored by.
import '@tensorflow/tfjs-backend-wasm';
import { drawDefect, productPart, type ModelInput, type RgbImage } from '@pyramid-mamba/data';
import {
  imageTensor,
  inputOf,
  judge,
  methodOf,
  seededEncoderWeights,
  selfTestSchema,
  type BankDetector,
  type ClassSelfTest,
  type DetectorConfig,
  type Features,
} from '@pyramid-mamba/model';
import { normalizedPicture } from '@pyramid-mamba/data';
import { registerWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  areaMask,
  blankNote,
  calibrate,
  crossScore,
  drawingInput,
  isDrawn,
  isGood,
  isUndecided,
  productWithin,
  selfTestOf,
  sentenceOf,
  testModel,
  withoutBlank,
  withShiftedCopies,
  type SelfTestPicture,
  type SelfTestRecord,
} from '../src/index.js';
import { isClear } from '../src/selfTest/counted.js';
import { planDefects } from '../src/selfTest/plan.js';
import { goodPicture } from './pictures.js';

const NEXT = { invalid: 'try another backend' };
const CONFIG = {
  ...methodOf({ method: 'patchcore' }).presets['patchcore']!.model,
  inputSize: 64,
  encoder: { arch: 'resnet18', width: 8 },
  map: { sigma: 2 },
} as DetectorConfig;
const INPUT: ModelInput = { ...inputOf(CONFIG) };

const pictureAt = (index: number, size: number): RgbImage => goodPicture('tile', index, size);

const pictures: SelfTestPicture[] = [0, 1, 2, 3].map((index) => ({
  className: 'tile',
  id: `tile/${index}`,
  load: ({ width }) => Promise.resolve(pictureAt(index, width)),
  trainedAs: [index],
}));

let model: BankDetector;
beforeAll(async () => {
  await registerWasmKernels();
  await tf.setBackend('wasm');
  const seed = { seed: 1, random: 2 } as const;
  model = methodOf(CONFIG).create(
    CONFIG,
    await seededEncoderWeights(CONFIG.encoder, seed),
    seed,
  ) as BankDetector;
  const batch = (indices: readonly number[]): Promise<Features> => {
    const images = imageTensor(
      indices.map((i) => normalizedPicture(pictureAt(i, 64))),
      INPUT,
    );
    const features = model.encode(images);
    images.dispose();
    return Promise.resolve(features);
  };
  await model.fit({ count: pictures.length, batch }, { seed });
});
afterAll(() => model.dispose());

describe('a good picture', () => {
  const black = (size: number): RgbImage => ({
    width: size,
    height: size,
    data: new Uint8Array(3 * size * size),
  });
  const dark: SelfTestPicture = {
    className: 'tile',
    id: 'tile/dark',
    load: ({ width }) => Promise.resolve(black(width)),
  };
  const unseen = [10, 11, 12].map((i): SelfTestPicture => ({
    className: 'tile',
    id: `tile/${i}`,
    load: ({ width }) => Promise.resolve(pictureAt(i, width)),
  }));

  test('that is blank among others sets no thresholds and is not in the self-test, nor what is drawn on it', async () => {
    const options = { next: NEXT, seed: 1, budget: 8 };
    const { calibration, selfTest, blank } = await testModel(model, [...unseen, dark], options);
    expect(blank.map(({ picture }) => picture)).toEqual(['tile/dark']);
    expect([calibration['tile']!.goodCount, selfTest['tile']!.good.pictures]).toEqual([3, 3]);
    expect(selfTest['tile']!.examples.filter(({ picture }) => picture === 'tile/dark')).toEqual([]);
    const [high] = blank;
    expect(high!.score).toBeGreaterThan(calibration['tile']!.scoreRange[1]);
    expect(blankNote(['a.png'])).toMatch(
      /^the good picture a.png is blank, .* sets no thresholds; remove it/,
    );
    expect(blankNote(['a.png', 'b.png'])).toMatch(/^2 good pictures are blank, .*first a.png.*they set no/);
  });

  test('of which the areas leave nothing sets none either, and does not end the training', async () => {
    const dot: [number, number][] = [
      [0.1, 0.1],
      [0.1001, 0.1],
      [0.1, 0.1001],
    ];
    const lost: string[] = [];
    const records = await crossScore(model, unseen, {
      next: NEXT,
      seed: 1,
      budget: 4,
      areas: { tile: { use: [dot], ignore: [] } },
      onLost: ({ id }) => lost.push(id),
    });
    expect([records, lost]).toEqual([[], unseen.map(({ id }) => id)]);
  });

  test('that is blank sets none among held-back ones either; where all are, so is the product', async () => {
    const held = (all: readonly SelfTestPicture[]) =>
      calibrate(
        model,
        all.map(({ className, load }) => ({ className, label: 0 as const, load: () => load(INPUT) })),
        { next: NEXT, batch: 2, onPicture: () => undefined },
      );
    const { calibration, blank } = await held([unseen[0]!, dark, unseen[1]!]);
    expect([calibration['tile']!.goodCount, blank]).toEqual([2, [1]]);
    const all = ['tile', 'tile', 'wood'].map((className, i) => ({ className, blank: i !== 1 }));
    expect(withoutBlank(all, () => true)).toEqual([all[1], all[2]]);
  });
});

describe('a cross-scored model', () => {
  test('of which a part of the pictures is judged, is scored by that part, and defects are drawn there', async () => {
    const left = {
      use: [
        [
          [0, 0],
          [0.5, 0],
          [0.5, 1],
          [0, 1],
        ],
      ] as [number, number][][],
      ignore: [],
    };
    const options = { next: NEXT, seed: 1, budget: 9 };
    const masks: Uint8Array[] = [];
    const records = await crossScore(model, pictures, {
      ...options,
      areas: { tile: left },
      onRecord: (record, { map, width, score }) => {
        expect(map.every((value, i) => i % width < width / 2 || value === 0)).toBe(true);
        expect(score).toBe(map.reduce((a, b) => Math.max(a, b)));
        if (isGood(record)) expect(record.thinned.every((value) => value > 0)).toBe(true);
        if (!isDrawn(record)) return;
        const large = pictureAt(Number(record.picture.slice(5)), record.drawnAt.width);
        const part = productWithin(productPart(large), areaMask(left, large));
        masks.push(drawDefect(large, record, part)!.mask.data as Uint8Array);
      },
    });
    expect(masks.length).toBeGreaterThan(6);
    for (const mask of masks) {
      const side = Math.sqrt(mask.length);
      const inside = mask.reduce((sum, value, i) => sum + (i % side < side / 2 ? value : 0), 0);
      expect(inside).toBeGreaterThanOrEqual(0.4 * mask.reduce((sum, value) => sum + value, 0));
    }
    const whole = await crossScore(model, pictures, options);
    const scores = (all: readonly SelfTestRecord[]) => all.filter(isGood).map(({ score }) => score);
    expect(scores(records).every((score, i) => score <= scores(whole)[i]!)).toBe(true);
    expect(scores(records)).not.toEqual(scores(whole));
  });

  test('is shown every good picture once, left out, and defects of all kinds, with progress; the seed repeats it', async () => {
    const shares: [number, number][] = [];
    const options = { next: NEXT, seed: 1, budget: 18, batch: 5 };
    const { numTensors } = tf.memory();
    const records = await crossScore(model, pictures, {
      ...options,
      onProgress: (done, total) => void shares.push([done, total]),
    });
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(records.filter(isGood).map(({ picture }) => picture)).toEqual(pictures.map(({ id }) => id));
    const drawn = records.filter(isDrawn);
    expect(drawn.length).toBe(18);
    expect(new Set(drawn.map(({ kind }) => kind)).size).toBe(9);
    expect(new Set(drawn.map(({ size }) => size)).size).toBe(5);
    expect(new Set(drawn.map(({ contrast }) => contrast)).size).toBe(3);
    expect(new Set(drawn.map(({ picture }) => picture)).size).toBe(4);
    expect(shares.at(-1)).toEqual([22, 22]);
    expect(await crossScore(model, pictures, options)).toEqual(records);
    // the good score is the one that the detector gives without the picture
    const images = imageTensor([normalizedPicture(pictureAt(2, 64))], INPUT);
    const [alone] = await judge(model, images, undefined, [[2]]);
    images.dispose();
    expect(records.filter(isGood)[2]!.score).toBeCloseTo(alone!.score, 4);
    // the record draws its defect again
    const one = drawn[0]!;
    const large = pictureAt(Number(one.picture.slice(5)), 256);
    expect(one.drawnAt).toEqual({ width: 256, height: 256 });
    expect(drawDefect(large, one)).toBeDefined();
  });

  test('goes on where a shorter test ended: other defects, no good picture again', async () => {
    const options = { next: NEXT, seed: 1, batch: 5 };
    const first = await crossScore(model, pictures, { ...options, budget: 9 });
    const shares: [number, number][] = [];
    const more = await crossScore(model, pictures, {
      ...options,
      budget: 9,
      drawnBefore: 9,
      onProgress: (done, total) => void shares.push([done, total]),
    });
    expect(shares.at(-1)).toEqual([9, 9]);
    expect(more.every(isDrawn)).toBe(true);
    const whole = await crossScore(model, pictures, { ...options, budget: 18 });
    const said = (records: readonly SelfTestRecord[]) =>
      records.map((one) => JSON.stringify({ ...one, thinned: undefined })).sort();
    expect(said([...first, ...more])).toEqual(said(whole));
  });

  test('whose result hangs on chance is shown as many defects again', async () => {
    const good = pictures.map((__, i) => pictureAt(i, 64).data.join());
    const names = pictures.map(({ className }) => className);
    const planned = 108;
    const order = [0, planned].flatMap((from) => {
      const plan = planDefects(names, from + planned, 1, from);
      return pictures.flatMap((__, i) => plan.filter(({ picture }) => picture === i));
    });
    let [drawn, clear] = [0, 0];
    const isFound = (): boolean => !isClear(order[drawn++]!) || clear++ % 5 < 3;
    const totals = new Set<number>();
    const { selfTest } = await testModel(model, pictures, {
      next: NEXT,
      seed: 1,
      measurer: {
        width: 1,
        // good pictures score up to 1, three of five clear defects and all faint ones far more, the rest as the highest good one
        measure: (images) =>
          Promise.resolve(
            images.map(({ data, width, height }) => {
              const at = good.indexOf(data.join());
              const score = at >= 0 ? 1 - at / 10 : isFound() ? 3 : 0.9999;
              const map = new Float32Array(width * height);
              return { score, map, width, height, levels: [], feature: new Float32Array() };
            }),
          ),
      },
      onProgress: (_done, total) => void totals.add(total),
    });
    expect([...totals]).toEqual([4 + planned, 4 + 2 * planned]);
    expect(selfTest['tile']!.drawn.drawn).toBe(drawn);
    expect(drawn).toBe(2 * planned);
    const found = selfTest['tile']!;
    expect(isUndecided(found)).toBe(true);
    const withOther = (over: Partial<ClassSelfTest>) => isUndecided({ ...found, ...over });
    expect(withOther({ clear: { drawn: 44, found: 31, placed: 0 } })).toBe(false);
    expect(withOther({ clear: { drawn: 44, found: 22, placed: 0 } })).toBe(false);
    expect(withOther({ figure: 0.5 })).toBe(false);
    expect(withOther({ good: { ...found.good, refused: 4 } })).toBe(false);
  });

  test('measures real defective pictures as they are; one that overlooks them does not pass, and the sentence counts them', async () => {
    const black = (input: ModelInput): Promise<RgbImage> =>
      Promise.resolve({ ...input, data: new Uint8Array(3 * input.width * input.height) });
    const real = [0, 1, 2].map((i) => ({ ...pictures[i]!, id: `bad/${i}`, defective: true as const }));
    const all = [...pictures, { ...real[0]!, load: black, trainedAs: [] }];
    const { selfTest, calibration } = await testModel(model, all, { next: NEXT, seed: 1, budget: 9 });
    expect(selfTest['tile']!.real).toMatchObject({ pictures: 1, found: 1 });
    expect(calibration['tile']).toMatchObject({ defectCount: 1, goodCount: 4, method: 'f1' });
    expect(sentenceOf(selfTest)).toMatch(/of 1 defective pictures? it finds 1/);
    expect(selfTestSchema.parse(selfTest)).toEqual(selfTest);

    const records = await crossScore(model, pictures, { next: NEXT, seed: 1, budget: 9 });
    const low = real.map((one): SelfTestRecord => ({
      className: 'tile',
      kind: 'defective',
      picture: one.id,
      score: 0,
      side: 64,
    }));
    const thresholds = { tile: { review: 1e-6, reject: 1 } };
    expect(selfTestOf(records, thresholds)['tile']!.reason ?? '').not.toMatch(/defective pictures/);
    expect(selfTestOf([...records, ...low], thresholds)['tile']).toMatchObject({
      passed: false,
      reason: 'it overlooks 3 of 3 defective pictures',
    });
  });

  test('can be stopped', async () => {
    const stopped = crossScore(model, pictures, { next: NEXT, seed: 1, budget: 9, stopped: () => true });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
  });

  test('a copy of a training picture that is not left out is no unseen picture', async () => {
    const whole = methodOf(CONFIG).create(
      {
        ...CONFIG,
        coreset: { share: 1, start: 'exact', projection: null, candidates: null },
      } as DetectorConfig,
      await seededEncoderWeights(CONFIG.encoder, { seed: 1, random: 2 }),
      { seed: 1, random: 2 },
    ) as BankDetector;
    const images = imageTensor(
      [0, 1, 0].map((i) => normalizedPicture(pictureAt(i, 64))),
      INPUT,
    );
    const features = whole.encode(images);
    const batch = (indices: readonly number[]): Promise<Features> =>
      Promise.resolve(tf.tidy(() => features.map((level) => tf.gather(level, [...indices]))));
    await whole.fit({ count: 3, batch }, { seed: { seed: 1, random: 2 } });
    tf.dispose([images, features]);
    const records = await crossScore(whole, pictures.slice(0, 2), { next: NEXT, seed: 1, budget: 9 });
    expect(records.filter(isGood).map(({ picture }) => picture)).toEqual(['tile/1']);
    whole.dispose();
  });
});

test('defects are drawn on pictures of at least 256 pixels, of the input’s proportions', () => {
  expect(drawingInput({ width: 64, height: 96, fit: 'pad' })).toEqual({
    width: 256,
    height: 384,
    fit: 'pad',
  });
  expect(drawingInput({ width: 512, height: 320, fit: 'stretch' })).toMatchObject({
    width: 512,
    height: 320,
  });
});

test('shifted copies fill up a few held-back pictures, and say so', async () => {
  const all = withShiftedCopies(pictures.slice(0, 2), 1, 5);
  expect(all.map(({ copy }) => copy ?? false)).toEqual([false, false, true, true, true]);
  const image = await all[2]!.load(INPUT);
  expect(image.data).not.toEqual(pictureAt(0, 64).data);
  expect(withShiftedCopies(pictures, 1, 3)).toEqual(pictures);
});
