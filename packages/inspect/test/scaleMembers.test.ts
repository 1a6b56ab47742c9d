import '@tensorflow/tfjs-backend-wasm';
import { normalizedPicture, type RgbImage } from '@pyramid-mamba/data';
import {
  ensemble,
  imageTensor,
  inputOf,
  methodOf,
  seededEncoderWeights,
  type BankDetector,
  type DetectorConfig,
  type Ensemble,
  type EncoderWeights,
  type Features,
} from '@pyramid-mamba/model';
import { registerWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { byMember, crossScore, isGood, scaleMembers, type SelfTestPicture } from '../src/index.js';
import { goodPicture } from './pictures.js';

const NEXT = { invalid: 'try another backend' };
const SEED = { seed: 1, random: 2 } as const;
/** A bank of distances and one of squared distances: numbers of different sizes. */
const configOf = (distance: 'euclidean' | 'squared') =>
  ({
    ...methodOf({ method: 'patchcore' }).presets['fast']!.model,
    inputSize: 64,
    encoder: { arch: 'resnet18', width: 8 },
    map: { sigma: 2 },
    distance,
  }) as DetectorConfig;

const NAMES = ['tile', 'wood', 'tile', 'wood', 'tile', 'wood'] as const;
const pictureAt = (index: number, size: number): RgbImage => goodPicture(NAMES[index]!, index, size);
const pictures: SelfTestPicture[] = NAMES.map((className, index) => ({
  className,
  id: `${className}/${index}`,
  load: ({ width }) => Promise.resolve(pictureAt(index, width)),
  trainedAs: [index],
}));

async function fitted(distance: 'euclidean' | 'squared', weights: EncoderWeights): Promise<BankDetector> {
  const config = configOf(distance);
  const bank = methodOf(config).create(config, weights, SEED) as BankDetector;
  const batch = (indices: readonly number[]): Promise<Features> => {
    const images = imageTensor(
      indices.map((i) => normalizedPicture(pictureAt(i, 64))),
      inputOf(config),
    );
    const features = bank.encode(images);
    images.dispose();
    return Promise.resolve(features);
  };
  await bank.fit({ count: pictures.length, batch }, { seed: SEED });
  return bank;
}

let both: Ensemble;
beforeAll(async () => {
  await registerWasmKernels();
  await tf.setBackend('wasm');
  const weights = await seededEncoderWeights({ arch: 'resnet18', width: 8 }, SEED);
  both = ensemble([await fitted('euclidean', weights), await fitted('squared', weights)], 'mean');
});
afterAll(() => both.dispose());

/** The scores that each member alone gives the good pictures of a class, each left out. */
async function scoresOf(className: string): Promise<number[][]> {
  const scores: number[][] = [];
  await crossScore(both, pictures, {
    next: NEXT,
    seed: 1,
    budget: 1,
    onRecord: (record, judged) => {
      if (isGood(record) && record.className === className)
        scores.push(byMember(both, judged).map(({ score }) => score));
    },
  });
  return scores;
}

const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

test('by its scales an unseen good picture has the score 1 by every member, in each class', async () => {
  const before = await scoresOf('tile');
  expect(before[0]![1]! / before[0]![0]!).not.toBeCloseTo(1, 1);
  const { numTensors } = tf.memory();
  // a copy is not independent, and does not count
  const copies = pictures.slice(0, 1).map((one) => ({ ...one, copy: true as const }));
  const seen: number[] = [];
  await scaleMembers(both, [...pictures, ...copies, ...copies], {
    next: NEXT,
    onProgress: (done, total) => void seen.push(done, total),
  });
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(seen.slice(-2)).toEqual([6, 6]);
  // measured again, they are the same
  await scaleMembers(both, pictures, { next: NEXT });
  for (const className of ['tile', 'wood']) {
    const scores = await scoresOf(className);
    expect(scores).toHaveLength(3);
    for (const member of [0, 1]) expect(middle(scores.map((one) => one[member]!))).toBeCloseTo(1, 4);
  }
});

test('without pictures there are no scales', async () => {
  await expect(scaleMembers(both, [], { next: NEXT })).rejects.toThrow(RangeError);
});
