import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  judge,
  loadModel,
  PatchCore,
  saveModel,
  seededEncoderWeights,
  type Features,
  type PatchCoreConfig,
} from '../../../src/index.js';
import { expectClose, randomTensor, use } from '../../kit.js';

const SEED = { seed: 3, random: 2 } as const;

const config = (changes: Partial<PatchCoreConfig>): PatchCoreConfig => ({
  method: 'patchcore',
  inputSize: 64,
  encoder: { arch: 'resnet18', width: 8 },
  levels: [1, 2],
  embedding: { kind: 'means' },
  coreset: { share: 1, start: 'exact', projection: null, candidates: null },
  neighbours: 1,
  distance: 'euclidean',
  score: 'map',
  reweight: null,
  map: { sigma: 2 },
  ...changes,
});

const picture = (i: number): tf.Tensor4D => randomTensor(`good ${i}`, [1, 64, 64, 3]);

/** A detector fitted to the given pictures, in that order. */
async function fitted(
  pictures: readonly number[],
  changes: Partial<PatchCoreConfig> = {},
): Promise<PatchCore> {
  const weights = await seededEncoderWeights(config({}).encoder, { seed: 1, random: 2 });
  const detector = PatchCore.create(config(changes), weights);
  const batch = (indices: readonly number[]): Promise<Features> =>
    Promise.resolve(tf.tidy(() => detector.encode(tf.concat(indices.map((i) => picture(pictures[i]!))))));
  await detector.fit({ count: pictures.length, batch }, { seed: SEED });
  return detector;
}

const PICTURES = [0, 1, 2, 3, 4];

let before = 0;
beforeEach(async () => {
  await use('wasm');
  before = tf.memory().numTensors;
});
afterEach(() => expect(tf.memory().numTensors).toBe(before));

describe('a training picture that is left out of the bank', () => {
  test.each([
    ['one neighbour', {}],
    ['the mean of three neighbours', { neighbours: 3, distance: 'squared' }],
    ['the re-weighted score of a patch', { score: 'patch', reweight: 5 }],
  ] as [string, Partial<PatchCoreConfig>][])(
    'is judged as by a bank fitted without it: %s',
    async (_, changes) => {
      const whole = await fitted(PICTURES, changes);
      const images = tf.tidy(() => tf.concat([picture(1), picture(3)]) as tf.Tensor4D);
      const [one, three] = await judge(whole, images, undefined, [[1], [3]]);
      for (const [left, found] of [
        [1, one!],
        [3, three!],
      ] as const) {
        const without = await fitted(
          PICTURES.filter((i) => i !== left),
          changes,
        );
        const own = picture(left);
        const [expected] = await judge(without, own);
        expectClose(`map without ${left}`, found.map, expected!.map, 1e-5);
        expectClose(`score without ${left}`, [found.score], [expected!.score], 1e-5);
        tf.dispose(own);
        without.dispose();
      }
      tf.dispose(images);
      whole.dispose();
    },
  );

  test('may have copies, which are left out with it', async () => {
    const twice = await fitted([...PICTURES, 2]);
    const own = picture(2);
    // the copy has no distance to it
    await expect(judge(twice, own, undefined, [[2]])).rejects.toThrow('the same value everywhere');
    const [both] = await judge(twice, own, undefined, [[2, 5]]);
    expect(both!.score).toBeGreaterThan(0);
    await expect(judge(twice, own, undefined, [[0, 1, 2, 3, 4, 5]])).rejects.toThrow(
      'no row of the bank is left',
    );
    tf.dispose(own);
    twice.dispose();
  });

  test('is known only to the detector that was fitted, not to its file', async () => {
    const detector = await fitted(PICTURES, { coreset: { ...config({}).coreset, share: 0.3 } });
    expect(detector.knowsPictures).toBe(true);
    const bytes = await saveModel(detector, {
      classes: ['thing'],
      preprocessing: { inputSize: 64, resize: 'bilinear-antialias', normalize: 'imagenet' },
    });
    const { model } = loadModel(bytes, 'model');
    expect(model.knowsPictures).toBe(false);
    const own = picture(0);
    await expect(judge(model, own, undefined, [[0]])).rejects.toThrow('cannot leave out training pictures');
    tf.dispose(own);
    model.dispose();
    detector.dispose();
  });
});

describe('a bank that is extended by more pictures', () => {
  const more = [7, 8];
  const source = (detector: PatchCore) => ({
    count: more.length,
    batch: (indices: readonly number[]) =>
      Promise.resolve(tf.tidy(() => detector.encode(tf.concat(indices.map((i) => picture(more[i]!)))))),
  });
  const largest = async (detector: PatchCore, i: number, without?: number) => {
    const own = picture(i);
    const features = detector.encode(own);
    const [levels] = await (without === undefined
      ? detector.levels(features)
      : detector.levelsWithout(features, [[without]]));
    tf.dispose(features);
    tf.dispose(own);
    return Math.max(...levels![0]!.data);
  };

  test('knows what is new in them, stays as large, and is hardly farther from the earlier ones; left out, they are unseen', async () => {
    const detector = await fitted(PICTURES);
    const old = (await detector.stateDict()).get('bank.rows')!;
    const before = await Promise.all([7, 2].map((i) => largest(detector, i)));
    const { rows, farther } = await detector.extend(source(detector), { share: 0.125 });
    expect(rows).toBeGreaterThan(0);
    expect(rows).toBeLessThanOrEqual(40);
    const { shape, data } = (await detector.stateDict()).get('bank.rows')!;
    expect(shape).toEqual(old.shape);
    const [, dims] = shape as [number, number];
    const changed = Array.from({ length: shape[0]! }, (_, row) =>
      data.subarray(row * dims, (row + 1) * dims).some((value, i) => value !== old.data[row * dims + i]),
    );
    expect(changed.filter(Boolean)).toHaveLength(rows);
    expect(await largest(detector, 7)).toBeLessThan(before[0]!);
    expect(await largest(detector, 2)).toBeLessThanOrEqual(before[1]! + farther + 1e-4);
    const unseen = await largest(detector, 7, 0);
    expect(unseen).toBeGreaterThan(await largest(detector, 7));
    expect(unseen).toBeLessThanOrEqual(before[0]! + farther + 1e-4);
    detector.dispose();
  });

  test('is as before where it is stopped', async () => {
    const detector = await fitted([0]);
    const old = (await detector.stateDict()).get('bank.rows')!.data.slice();
    await expect(
      detector.extend(source(detector), { share: 0.5, stopped: () => true }),
    ).rejects.toMatchObject({
      name: 'AbortError',
    });
    expect((await detector.stateDict()).get('bank.rows')!.data).toEqual(old);
    detector.dispose();
  });
});
