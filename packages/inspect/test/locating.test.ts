import '@tensorflow/tfjs-backend-wasm';
import { normalizedPicture, seededRandom, type RgbImage, type Sample } from '@pyramid-mamba/data';
import {
  imageTensor,
  inputOf,
  loadModel,
  methodOf,
  preprocessingOf,
  saveModel,
  seededEncoderWeights,
  type BankDetector,
  type DetectorConfig,
  type Locating,
  type ModelInfo,
} from '@pyramid-mamba/model';
import { registerWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  alignedImage,
  calibrate,
  crossScore,
  exportedProducts,
  heldBackPictures,
  Inspector,
  locate,
  locatedSamples,
  LOST,
  measureEach,
  NOT_COVERED,
  REACH,
  referenceOf,
  type NextSteps,
} from '../src/index.js';
import { framed, levelInPicture, ways } from '../src/locating/pose.js';
import { scene } from './scene.js';

const NEXT: NextSteps = { product: 'name it', invalid: 'try another backend', notLearnt: 'train on' };
const SIDE = 128;
const good = [0, 1, 2, 3].map((i) => scene(`good ${i}`, { dx: i % 2, dy: -(i % 2) }));
const locatingBy = (by: Locating['by'], aspect = 1, pictures = good): Locating => ({
  by,
  reach: REACH,
  references: { part: referenceOf('part', pictures, aspect, { by, reach: REACH }) },
});

const noise = (key: string): RgbImage => {
  const random = seededRandom('noise', key);
  return { width: 64, height: 64, data: Uint8Array.from({ length: 3 * 64 * 64 }, () => 256 * random()) };
};

describe('the ways between picture and frame', () => {
  test('are each the inverse of the other, also where pixels are not square', () => {
    const placing = {
      pose: { dx: 0.07, dy: -0.1, turn: 13 },
      aspect: 1.5,
      width: 96,
      height: 64,
    };
    const { toPicture, toFrame } = ways(placing);
    for (const [x, y] of [
      [0, 0],
      [95, 10],
      [40.5, 63],
    ] as const) {
      const [u, v] = toFrame(...toPicture(x, y));
      expect(u).toBeCloseTo(x, 9);
      expect(v).toBeCloseTo(y, 9);
    }
    // a quarter turn of a point right of the centre leads below it, as far in the picture as taken
    const quarter = ways({ ...placing, pose: { dx: 0, dy: 0, turn: 90 } });
    const [x, y] = quarter.toPicture(47.5 + 10, 31.5);
    expect([x - 47.5, y - 31.5]).toEqual([expect.closeTo(0, 9), expect.closeTo(15, 9)]);
  });

  test('shift pixels as they are, and repeat the edge where the picture ends', () => {
    const image = noise('edge');
    const moved = framed(image, { dx: 3 / 64, dy: -2 / 64, turn: 0 }, 1);
    const at = ({ data }: RgbImage, x: number, y: number) => data[3 * (64 * y + x)];
    expect(at(moved, 10, 20)).toBe(at(image, 13, 18));
    expect(at(moved, 63, 20)).toBe(at(image, 63, 18));
    expect(at(moved, 10, 1)).toBe(at(image, 13, 0));
  });

  test('bring a small map to the picture as its method resizes it, 0 outside of the frame', () => {
    const level = { width: 2, height: 2, data: Float32Array.of(1, 2, 3, 4) };
    const size = { width: 8, height: 8 };
    const { toFrame } = ways({ pose: { dx: 2 / 8, dy: 0, turn: 0 }, aspect: 1, ...size });
    const row = (corners: boolean) => [...levelInPicture(level, toFrame, size, corners).data.subarray(0, 8)];
    expect(row(true).slice(0, 3)).toEqual([0, 0, 1]);
    expect(row(true)[3]).toBeCloseTo(1 + 1 / 7, 6);
    expect(row(false).slice(0, 6)).toEqual([0, 0, 1, 1, 1.125, 1.375]);
  });
});

describe('a part', () => {
  test.each([
    [0, 0],
    [12, -7],
    [-9, 12],
  ])('that is shifted by (%d, %d) pixels is found within a pixel', (dx, dy) => {
    const { pose, found, agreement } = locate(scene('new', { dx, dy }), locatingBy('shift'), 'part');
    expect(found).toBe(true);
    expect(agreement).toBeGreaterThan(0.8);
    expect(Math.abs(pose.dx * SIDE - dx)).toBeLessThanOrEqual(1.5);
    expect(Math.abs(pose.dy * SIDE - dy)).toBeLessThanOrEqual(1.5);
    expect(pose.turn).toBe(0);
  });

  test.each([
    [6, -5, 11],
    [-8, 3, -15],
    [0, 0, 4],
  ])('that is shifted by (%d, %d) pixels and turned by %d° is found', (dx, dy, turn) => {
    const { pose, found } = locate(scene('new', { dx, dy, turn }), locatingBy('turn'), 'part');
    expect(found).toBe(true);
    expect(Math.abs(pose.turn - turn)).toBeLessThan(1);
    expect(Math.hypot(pose.dx * SIDE - dx, pose.dy * SIDE - dy)).toBeLessThan(2);
  });

  test('is found in a darker picture too', () => {
    const image = scene('dark', { dx: 8 });
    const dark = { ...image, data: image.data.map((value) => 0.6 * value) };
    const { pose, found } = locate(dark, locatingBy('shift'), 'part');
    expect([found, Math.abs(pose.dx * SIDE - 8) <= 1.5]).toEqual([true, true]);
  });

  test.each([
    ['is not there', scene('empty', { dx: 500 })],
    ['is partly outside', scene('outside', { dx: 45 })],
    ['is turned farther than is looked', scene('turned', { turn: 40 })],
    ['is farther away than is looked', scene('far', { dy: 27 })],
  ])('that %s is not found', (_, image) => {
    for (const by of ['shift', 'turn'] as const)
      expect(locate(image, locatingBy(by), 'part').found, by).toBe(false);
  });

  test('of an unknown product is that of the reference that agrees best', () => {
    const { references, ...how } = locatingBy('shift');
    const other = good.map(({ data, ...size }) => ({ ...size, data: turnedAround(data) }));
    const both = {
      ...how,
      references: { ...references, other: locatingBy('shift', 1, other).references['part']! },
    };
    expect(locate(scene('new', { dx: 6 }), both).className).toBe('part');
    expect(locate(other[0]!, both).className).toBe('other');
    expect(locate(other[0]!, both, 'strange')).toMatchObject({ className: null, found: false });
  });

  test('in common is wanted of good pictures', () => {
    expect(() =>
      locatingBy('shift', 1, [noise('a'), noise('b'), noise('c'), noise('d'), noise('e')]),
    ).toThrow(/good pictures of part have too little in common/);
  });
});

/** The picture upside down. */
const turnedAround = (data: RgbImage['data']): Uint8Array => Uint8Array.from(data).reverse();

const config = {
  ...methodOf({ method: 'patchcore' }).presets['fast']!.model,
  inputSize: SIDE,
  encoder: { arch: 'resnet18', width: 8 },
  map: { sigma: 2 },
} as DetectorConfig;

describe('a model that locates', () => {
  let model: BankDetector;
  const locating = locatingBy('shift');
  const info: ModelInfo = {
    classes: ['part'],
    preprocessing: preprocessingOf(config),
    locating,
  };
  const sampleOf = (image: RgbImage, i: number): Sample => ({
    id: `${i}`,
    className: 'part',
    label: 0,
    defect: 'good',
    load: () => Promise.resolve({ image, mask: { ...image, data: new Uint8Array() }, hash: `hash ${i}` }),
    hash: () => Promise.resolve(`hash ${i}`),
  });
  beforeAll(async () => {
    await registerWasmKernels();
    await tf.setBackend('wasm');
    const encoder = await seededEncoderWeights(config.encoder, { seed: 1, random: 2 });
    model = methodOf(config).create(config, encoder, { seed: 1, random: 2 }) as BankDetector;
    const samples = locatedSamples(good.map(sampleOf), locating);
    await model.fit(
      {
        count: samples.length,
        async batch(indices) {
          const loaded = await Promise.all(indices.map((i) => samples[i]!.load(SIDE)));
          const images = imageTensor(
            loaded.map(({ image }) => normalizedPicture(image)),
            inputOf(config),
          );
          const features = model.encode(images);
          images.dispose();
          return features;
        },
      },
      { seed: { seed: 1, random: 2 } },
    );
  });
  afterAll(() => model.dispose());
  const inspector = (more: Partial<ModelInfo> = {}) => new Inspector(model, { ...info, ...more }, NEXT);

  test('judges a shifted picture as the same one that was not, and shows its defect where it is', async () => {
    const still = await inspector().judgeOne({ image: scene('judged', {}, SIDE, true) });
    const moved = await inspector().judgeOne({ image: scene('judged', { dx: 11, dy: -9 }, SIDE, true) });
    const unaligned = new Inspector(model, { ...info, locating: undefined }, NEXT);
    expect(Math.abs(moved.score / still.score - 1)).toBeLessThan(0.1);
    const fine = await inspector().judgeOne({ image: scene('fine', { dx: 11, dy: -9 }) });
    expect(fine.score).toBeLessThan(0.8 * moved.score);
    const taken = await unaligned.judgeOne({ image: scene('fine', { dx: 11, dy: -9 }) });
    expect(taken.score).toBeGreaterThan(1.2 * fine.score);
    const peak = (map: Float32Array) => {
      const i = map.indexOf(Math.max(...map));
      return [i % SIDE, Math.floor(i / SIDE)] as const;
    };
    const [x, y] = peak(moved.map);
    const [u, v] = peak(still.map);
    expect([Math.abs(x - u - 11) <= 3, Math.abs(y - v + 9) <= 3]).toEqual([true, true]);
    expect(moved.located).toMatchObject({ turn: 0, found: true });
    expect(Math.abs(moved.located!.x - 11)).toBeLessThanOrEqual(1.5);
    expect(moved.size).toEqual({ width: SIDE, height: SIDE });
  });

  test('judges areas of its file where the part is, and those of a picture where they are', async () => {
    const square = (left: number, top: number, right: number, bottom: number) => ({
      use: [
        [
          [left, top],
          [right, top],
          [right, bottom],
          [left, bottom],
        ] as [number, number][],
      ],
      ignore: [],
    });
    const corner = square(0, 0, 0.25, 0.25);
    const image = scene('areas', { dx: 12, dy: 10 });
    const filed = await inspector({ areas: { part: corner } }).judgeOne({ image });
    const first = (map: Float32Array) => map.findIndex((value) => value !== 0);
    const at = first(filed.map);
    expect(Math.abs((at % SIDE) - 12)).toBeLessThanOrEqual(2);
    expect(Math.abs(Math.floor(at / SIDE) - 10)).toBeLessThanOrEqual(2);
    const given = await inspector().judgeOne({ image, areas: square(0.5, 0.5, 1, 1) });
    expect([first(given.map) % SIDE, Math.floor(first(given.map) / SIDE)]).toEqual([64, 64]);
    // most of this one has left the picture
    const far = await inspector({ areas: { part: square(0.9, 0.5, 1, 1) } }).judgeOne({ image });
    expect(far.doubts).toContain(LOST);
    await expect(
      inspector({ areas: { part: square(0.95, 0.95, 1, 1) } }).judgeOne({ image }),
    ).rejects.toThrow(/lie outside of the picture/);
    // this one is beside the frame, which has moved with the part
    const beside = await inspector().judgeOne({ image, areas: square(0, 0.5, 0.25, 1) });
    expect(beside.doubts).toContain(NOT_COVERED);
    expect(given.doubts).not.toContain(NOT_COVERED);
    // areas that only leave something out ask for no more of the picture than no areas do
    const without = { use: [], ignore: corner.use };
    const rest = await inspector({ areas: { part: without } }).judgeOne({ image, areas: without });
    expect([rest.located!.found, rest.doubts.includes(LOST), rest.doubts.includes(NOT_COVERED)]).toEqual([
      true,
      false,
      false,
    ]);
    // of what these leave, most has left the picture
    const but = { use: [], ignore: square(0, 0, 0.9, 1).use };
    const edge = await inspector({ areas: { part: but } }).judgeOne({ image });
    expect(edge.doubts).toContain(LOST);
  });

  test('never trusts an OK where the part was not found', async () => {
    const calibration = {
      part: {
        review: 1e6,
        reject: 2e6,
        method: 'manual' as const,
        goodCount: 4,
        defectiveCount: 0,
        background: 0,
        scoreRange: [0, 1e6] as [number, number],
      },
    };
    const sure = inspector({ calibration: calibration as unknown as ModelInfo['calibration'] });
    const image = scene('gone', { dx: 30 });
    expect(await sure.judgeOne({ image: scene('there') })).toMatchObject({ verdict: 'OK', doubts: [] });
    expect(await sure.judgeOne({ image })).toMatchObject({ verdict: 'REVIEW', doubts: [LOST] });
    expect((await sure.judgeOne({ image })).located!.found).toBe(false);
  });

  describe('is tested by good pictures', () => {
    const gone = scene('gone', { dx: 80 });
    // moved, its edge is repeated as a band where the picture has no pixels
    const banded = scene('banded', { dx: 12, dy: -9 });
    for (let row = 0; row < SIDE; row++)
      banded.data.fill(0, 3 * (SIDE * row + SIDE - 1), 3 * SIDE * (row + 1));
    const samples = locatedSamples([banded, gone, scene('still')].map(sampleOf), locating);

    test('whose part was found: they alone set thresholds, by the score of their judgement', async () => {
      const lost: number[] = [];
      const scores = new Map<number, number>();
      const { calibration } = await calibrate(
        model,
        samples.map(({ load }) => ({
          className: 'part',
          label: 0 as const,
          load: async () => alignedImage(await load(SIDE)),
        })),
        {
          next: NEXT,
          batch: 2,
          onPicture: () => undefined,
          onJudged: (i, { score }) => scores.set(i, score),
          onLost: (i) => lost.push(i),
        },
      );
      expect(lost).toEqual([1]);
      expect([...scores.keys()]).toEqual([0, 2]);
      expect(calibration['part']!.goodCount).toBe(2);
      const judged = await inspector().judgeOne({ image: banded });
      expect(judged.located!.found).toBe(true);
      expect(scores.get(0)! / judged.score).toBeCloseTo(1, 5);
      const [whole] = await measureEach(model, [(await samples[0]!.load(SIDE)).image], NEXT);
      expect((whole as { score: number }).score).toBeGreaterThan(1.05 * judged.score);
    });

    test('whose part was found: no other one has a record, nor do its shifted copies and drawn defects', async () => {
      const lost: string[] = [];
      let told: readonly number[] = [];
      const records = await crossScore(model, heldBackPictures({ held: samples, seed: 1 }), {
        next: NEXT,
        seed: 1,
        budget: 12,
        onLost: ({ id }) => lost.push(id),
        onProgress: (...all) => void (told = all),
      });
      expect(lost).toEqual(['1']);
      expect(records.filter(({ picture }) => /^1\b/.test(picture))).toEqual([]);
      expect(records.filter(({ kind }) => kind === 'good').length).toBeGreaterThan(10);
      expect(told[0]).toBe(told[1]);
    });
  });

  test('keeps its references in its file, which other readers refuse, and is not exported', async () => {
    const bytes = await saveModel(model, info);
    const { model: again, info: read } = loadModel(bytes, 'the file');
    again.dispose();
    expect(read.locating).toEqual(locating);
    expect(() => exportedProducts(info, Infinity, { width: SIDE, height: SIDE })).toThrow(/locates its part/);
    const damaged = {
      ...info,
      locating: { ...locating, references: { part: { ...locating.references['part']!, width: 63 } } },
    };
    await expect(saveModel(model, damaged)).rejects.toThrow(/one number for each cell/);
  });

  test('learns from aligned pictures, whose hashes say how they were aligned', async () => {
    const [one] = locatedSamples([sampleOf(scene('sample', { dx: 9 }), 0)], locating);
    const { image, hash } = await one!.load(SIDE);
    expect(hash).toBe(await one!.hash());
    expect(hash).not.toBe('hash 0');
    expect(Math.abs(locate(image, locating, 'part').pose.dx * SIDE)).toBeLessThanOrEqual(1);
    expect(locatedSamples([sampleOf(image, 0)], undefined)[0]!.hash).toBeDefined();
    // of its own class alone: another class changes nothing, and the same file in it is another picture
    const other = { ...locating.references['part']!, least: 0.5 };
    const both = { ...locating, references: { ...locating.references, other } };
    const hashes = locatedSamples(
      ['part', 'other'].map((className) => ({ ...sampleOf(image, 0), className })),
      both,
    ).map((sample) => sample.hash());
    const [own, another] = await Promise.all(hashes);
    expect([own === hash, another === hash]).toEqual([true, false]);
  });
});
