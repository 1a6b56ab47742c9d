import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  isBankDetector,
  judge,
  loadModel,
  methodOf,
  NumericError,
  PatchCore,
  patchcore,
  readSafetensors,
  saveModel,
  seededEncoderWeights,
  writeSafetensors,
  type Features,
  type ModelInfo,
  type ParameterSpec,
  type PatchCoreConfig,
} from '../../../src/index.js';
import { expectClose, randomTensor, use } from '../../kit.js';

const SEED = { seed: 3, random: 2 } as const;
const INFO: ModelInfo = {
  classes: ['thing'],
  preprocessing: { inputSize: 64, resize: 'bilinear-antialias', normalize: 'imagenet' },
};

/** 64 pixels and width 8: 8 × 8 patches of 48 values. */
function config(changes: Partial<PatchCoreConfig> = {}): PatchCoreConfig {
  return {
    method: 'patchcore',
    inputSize: 64,
    encoder: { arch: 'resnet18', width: 8 },
    levels: [1, 2],
    embedding: { kind: 'means' },
    coreset: { share: 0.25, start: 'exact', projection: null, candidates: null },
    neighbours: 1,
    distance: 'euclidean',
    score: 'map',
    reweight: null,
    map: { sigma: 2 },
    ...changes,
  };
}

const coreset = (changes: Partial<PatchCoreConfig['coreset']>): PatchCoreConfig['coreset'] => ({
  ...config().coreset,
  ...changes,
});

const pictures = (key: string, count: number): tf.Tensor4D => randomTensor(key, [count, 64, 64, 3]);

async function detectorOf(changes: Partial<PatchCoreConfig> = {}): Promise<PatchCore> {
  const weights = await seededEncoderWeights(config().encoder, { seed: 1, random: 2 });
  return PatchCore.create(config(changes), weights);
}

/** Features of `count` seeded pictures, encoded as they are asked for. */
function sourceOf(detector: PatchCore, count: number) {
  return {
    count,
    batch: (indices: readonly number[]): Promise<Features> =>
      Promise.resolve(
        tf.tidy(() => detector.encode(tf.concat(indices.map((i) => pictures(`good ${i}`, 1))))),
      ),
  };
}

async function fitted(changes: Partial<PatchCoreConfig> = {}, count = 11): Promise<PatchCore> {
  const detector = await detectorOf(changes);
  await detector.fit(sourceOf(detector, count), { seed: SEED });
  return detector;
}

const bankOf = async (detector: PatchCore) => (await detector.stateDict()).get('bank.rows')!;

/** Judges seeded pictures and disposes the detector. */
async function judged(detector: PatchCore, key = 'unseen', count = 2) {
  const images = pictures(key, count);
  try {
    return await judge(detector, images);
  } finally {
    images.dispose();
    detector.dispose();
  }
}

let before = 0;
beforeEach(async () => {
  await use('wasm');
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(before));

describe('the memory bank', () => {
  test('keeps a share of the patches of all pictures', async () => {
    const detector = await fitted();
    const { shape, data } = await bankOf(detector);
    expect(shape).toEqual([Math.floor((11 * 64) / 4), 48]);
    const rows = Array.from({ length: shape[0]! }, (_, i) => data.slice(i * 48, (i + 1) * 48).join());
    expect(new Set(rows).size).toBe(rows.length);
    detector.dispose();
  });

  test('keeps a number of patches as it keeps the share that makes as many, or all where there are no more', async () => {
    const bankWith = async (changes: Partial<PatchCoreConfig['coreset']>) => {
      const detector = await fitted({ coreset: coreset({ projection: 16, ...changes }) });
      const rows = await bankOf(detector);
      detector.dispose();
      return rows;
    };
    const [share, rows, all] = [
      await bankWith({ share: 0.25 }),
      await bankWith({ share: 1, rows: 176 }),
      await bankWith({ share: 1, rows: 100_000 }),
    ];
    expect(rows).toEqual(share);
    expect(rows.shape).toEqual([176, 48]);
    expect(all.shape).toEqual([11 * 64, 48]);
  });

  test.each([
    ['of all patches', { coreset: coreset({ share: 1 }) }],
    ['chosen by projections', { coreset: coreset({ share: 0.1, projection: 16, start: 'approximate' }) }],
    ['chosen among a part', { coreset: coreset({ share: 0.05, candidates: 200, projection: 16 }) }],
    ['of a number of rows', { coreset: coreset({ share: 1, rows: 60, projection: 16 }) }],
    ['of every candidate', { coreset: coreset({ candidates: 100, projection: 16, start: 'k-center' }) }],
    ['of pooled windows', { embedding: { kind: 'windows', perLevel: 40, dims: 30 } }],
  ] as [string, Partial<PatchCoreConfig>][])(
    '%s holds patches of the pictures, and the same seed makes the same bank',
    async (_, changes) => {
      const detector = await fitted(changes);
      const { shape, data } = await bankOf(detector);
      const again = await fitted(changes);
      expect((await bankOf(again)).data).toEqual(data);
      again.dispose();
      if (changes.coreset?.candidates) expect(shape[0]).toBeLessThanOrEqual(changes.coreset.candidates);
      // every row is a patch of the training pictures: a bank of all of them has it
      const whole = await fitted({ ...changes, coreset: coreset({ share: 1 }) });
      const all = await bankOf(whole);
      const dims = shape[1]!;
      const rows = (from: Float32Array) =>
        Array.from({ length: from.length / dims }, (_row, i) => from.slice(i * dims, (i + 1) * dims).join());
      const known = new Set(rows(all.data));
      expect(rows(data).every((row) => known.has(row))).toBe(true);
      whole.dispose();
      detector.dispose();
    },
  );

  test('of all patches has no distance to a training picture', async () => {
    const detector = await fitted({ coreset: coreset({ share: 1 }) });
    const features = tf.tidy(() => detector.encode(pictures('good 4', 1)));
    const level = (await detector.levels(features))[0]![0]!;
    expectClose('distances', level.data, new Float32Array(64), 1e-4);
    tf.dispose(features);
    detector.dispose();
  });

  test('has no patch that lies wholly in the border around a picture', async () => {
    const detector = await detectorOf({ fit: 'pad', coreset: coreset({ share: 1 }) });
    const source = sourceOf(detector, 3);
    // the pictures are at rows 21 to 41, which are in the cells 2 to 5 of 8
    const sizes = (indices: readonly number[]) =>
      Promise.resolve(indices.map(() => ({ height: 21, width: 64 })));
    await detector.fit({ ...source, sizes }, { seed: SEED });
    const { shape, data } = await bankOf(detector);
    expect(shape[0]).toBe(3 * 4 * 8);
    const whole = await detectorOf({ coreset: coreset({ share: 1 }) });
    await whole.fit(source, { seed: SEED });
    const all = (await bankOf(whole)).data;
    for (const picture of [0, 1, 2])
      expect(data.slice(picture * 32 * 48, (picture + 1) * 32 * 48)).toEqual(
        all.slice((picture * 64 + 16) * 48, (picture * 64 + 48) * 48),
      );
    detector.dispose();
    whole.dispose();
  });

  test('shows its progress, and ends where it is stopped', async () => {
    const detector = await detectorOf();
    const shares: number[] = [];
    const source = sourceOf(detector, 11);
    await detector.fit(source, { seed: SEED, onProgress: (share) => void shares.push(share) });
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBeLessThanOrEqual(1);
    const stopped = detector.fit(source, { seed: SEED, stopped: () => shares.length > 0 });
    await expect(stopped).rejects.toMatchObject({ name: 'AbortError' });
    detector.dispose();
  });

  test('refuses to judge before it is fitted, and to be fitted to nothing or to numbers that are not finite', async () => {
    const detector = await detectorOf();
    expect(isBankDetector(detector)).toBe(true);
    await expect(saveModel(detector, INFO)).rejects.toThrow('the memory bank is empty');
    await expect(detector.fit(sourceOf(detector, 0), { seed: SEED })).rejects.toThrow('no training pictures');
    const broken = {
      count: 1,
      batch: () =>
        Promise.resolve([8, 16, 32].map((c, i) => tf.fill([1, 16 >> i, 16 >> i, c], NaN)) as Features),
    };
    await expect(detector.fit(broken, { seed: SEED })).rejects.toThrow(NumericError);
    detector.dispose();
  });
});

describe('a judgement by the bank', () => {
  test('is the same from the model file, which names the method', async () => {
    const detector = await fitted();
    const bytes = await saveModel(detector, INFO);
    const { model } = loadModel(bytes, 'model');
    expect([model.method, methodOf(model).learns]).toEqual(['patchcore', 'bank']);
    expect(await judged(model as PatchCore)).toEqual(await judged(detector));
  });

  test('has its score from the map, and with areas from what they leave', async () => {
    const [found] = await judged(await fitted());
    const { map, score, levels } = found!;
    expect(score).toBe(map.reduce((a, b) => Math.max(a, b)));
    const mask = new Uint8Array(64 * 64).fill(1, 32 * 64);
    const part = patchcore.fuse(levels, [64, 64], { sigma: 2 }, mask);
    expect(part.map.slice(0, 32 * 64).every((value) => value === 0)).toBe(true);
    expect(part.score).toBe(map.slice(32 * 64).reduce((a, b) => Math.max(a, b)));
    expect(() => patchcore.fuse(levels, [64, 64], { sigma: 2 }, new Uint8Array(64 * 64))).toThrow(RangeError);
  });

  test('re-weighted: the patch with the largest distance among the judged ones, times its weight', async () => {
    const detector = await fitted({ score: 'patch', reweight: 5 });
    const plain = await fitted({ score: 'patch' });
    const [found, unweighted] = [(await judged(detector))[0]!, (await judged(plain))[0]!];
    const [distances, weights] = found.levels;
    expect(unweighted.levels[1]!.data.every((weight) => weight === 1)).toBe(true);
    expect(unweighted.levels[0]).toEqual(distances);
    const largest = distances!.data.reduce((a, b) => Math.max(a, b));
    expect(unweighted.score).toBe(largest);
    const at = distances!.data.indexOf(largest);
    expect(found.score).toBe(largest * weights!.data[at]!);
    expect(weights!.data.every((weight) => weight > 0 && weight < 1)).toBe(true);
    // without the cell of that patch another one is the largest
    const mask = new Uint8Array(64 * 64).fill(1);
    for (let y = 0; y < 8; y++)
      for (let x = 0; x < 8; x++) mask[(8 * (at >> 3) + y) * 64 + 8 * (at & 7) + x] = 0;
    const rest = distances!.data.map((d, p) => (p === at ? -1 : d));
    const next = rest.indexOf(rest.reduce((a, b) => Math.max(a, b)));
    expect(patchcore.fuse(found.levels, [64, 64], { sigma: 2 }, mask).score).toBe(
      distances!.data[next]! * weights!.data[next]!,
    );
  });

  test('of a rectangular input has a grid of patches of its shape', async () => {
    const detector = await detectorOf({ inputSize: undefined, input: [64, 96] });
    const images = randomTensor<tf.Tensor4D>('wide', [3, 64, 96, 3]);
    const batch = (indices: readonly number[]) =>
      Promise.resolve(tf.tidy(() => detector.encode(tf.gather(images, [...indices]))));
    await detector.fit({ count: 2, batch }, { seed: SEED });
    const unseen = tf.tidy(() => tf.slice(images, 2, 1));
    const [found] = await judge(detector, unseen);
    expect([found!.levels[0]!.height, found!.levels[0]!.width]).toEqual([8, 12]);
    expect(found!.map).toHaveLength(64 * 96);
    tf.dispose([images, unseen]);
    detector.dispose();
  });

  test('has a weight even where the bank has fewer rows than re-weighting asks for', async () => {
    const [found] = await judged(
      await fitted({ score: 'patch', reweight: 9, coreset: coreset({ share: 0.01 }) }, 4),
    );
    expect(found!.levels[1]!.data.every((weight) => weight > 0 && weight <= 1)).toBe(true);
  });
});

test.each(Object.entries(patchcore.presets))(
  'the preset %s is a configuration of the method',
  (_, preset) => {
    const { model } = preset;
    expect(patchcore.configSchema.parse(model)).toEqual(model);
    const [{ shape }] = patchcore.tensors(model) as [ParameterSpec];
    expect(shape).toEqual([null, model.embedding.kind === 'windows' ? 1024 : 384]);
    expect(patchcore.extents(model).every(({ value, most }) => value <= most)).toBe(true);
  },
);

describe('a configuration or a file that does not fit', () => {
  const refused: [string, Partial<PatchCoreConfig>, string][] = [
    ['a level that the encoder has not', { levels: [1, 3] }, 'the levels 0 to 2, not 3'],
    ['levels out of order', { levels: [2, 1] }, 'must ascend'],
    ['re-weighting without the score of a patch', { reweight: 9 }, 'only the score "patch" is re-weighted'],
    ['a side that the encoder does not divide', { inputSize: 40 }, 'must be a multiple of'],
  ];
  test.each(refused)('%s is refused', async (_, changes, sentence) => {
    await expect(detectorOf(changes)).rejects.toThrow(sentence);
  });

  test('a bank that is missing, empty or of other values is refused', async () => {
    const detector = await fitted();
    const { tensors, metadata } = readSafetensors(await saveModel(detector, INFO), 'model');
    detector.dispose();
    const bank = tensors.get('bank.rows')!;
    const withBank = (changed: typeof bank | undefined) => {
      const all = new Map(tensors);
      if (changed) all.set('bank.rows', changed);
      else all.delete('bank.rows');
      return () => loadModel(writeSafetensors(all, metadata), 'model');
    };
    expect(withBank(undefined)).toThrow('the memory bank bank.rows is missing');
    expect(withBank({ ...bank, shape: [bank.shape[0]! * 2, 24] })).toThrow('must have the shape (rows, 48)');
    expect(withBank({ ...bank, shape: [0, 48], data: new Float32Array() })).toThrow('at least one row');
    const holed = Float32Array.from(bank.data as Float32Array);
    holed[7] = Infinity;
    expect(withBank({ ...bank, data: holed })).toThrow('not finite');
  });
});
