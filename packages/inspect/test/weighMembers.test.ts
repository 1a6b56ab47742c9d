// The share of a map that each member has, by drawn defects.
import '@tensorflow/tfjs-backend-wasm';
import { normalizedPicture } from '@pyramid-mamba/data';
import {
  ensemble,
  imageTensor,
  inputOf,
  methodOf,
  seededEncoderWeights,
  type BankDetector,
  type DetectorConfig,
  type EncoderWeights,
  type Features,
} from '@pyramid-mamba/model';
import { registerWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { crossScore, scaleMembers, type SelfTestPicture } from '../src/index.js';
import { mostEqual, weighedOf, weighMembers } from '../src/stages/weighMembers.js';
import { goodPicture } from './pictures.js';

const NEXT = { invalid: 'try another backend' };
const SEED = { seed: 1, random: 2 } as const;
/** Unseen ones. */
const pictures: SelfTestPicture[] = ['tile', 'tile', 'wood', 'wood'].map((className, i) => ({
  className,
  id: `${className}/${i}`,
  load: ({ width }) => Promise.resolve(goodPicture(className, 10 + i, width)),
}));

let weights: EncoderWeights;
beforeAll(async () => {
  await registerWasmKernels();
  await tf.setBackend('wasm');
  weights = await seededEncoderWeights({ arch: 'resnet18', width: 8 }, SEED);
});

/** A bank that knows one product: on another one it finds every place unusual. */
async function bankOf(className: string): Promise<BankDetector> {
  const config = {
    ...methodOf({ method: 'patchcore' }).presets['fast']!.model,
    inputSize: 64,
    encoder: { arch: 'resnet18', width: 8 },
    map: { sigma: 2 },
  } as DetectorConfig;
  const bank = methodOf(config).create(config, weights, SEED) as BankDetector;
  const batch = (indices: readonly number[]): Promise<Features> => {
    const images = imageTensor(
      indices.map((i) => normalizedPicture(goodPicture(className, i, 64))),
      inputOf(config),
    );
    const features = bank.encode(images);
    images.dispose();
    return Promise.resolve(features);
  };
  await bank.fit({ count: 4, batch }, { seed: SEED });
  return bank;
}

/** The shares of the second member, and every score before and after. */
async function weighed(first: string, second: string) {
  const both = ensemble([await bankOf(first), await bankOf(second)], 'stretched-mean');
  try {
    const scores = async () =>
      (await crossScore(both, pictures, { next: NEXT, seed: 1, budget: 2 })).map(({ score }) => score);
    const scales = await scaleMembers(both, pictures, { next: NEXT });
    const before = await scores();
    const { numTensors } = tf.memory();
    const seen: number[] = [];
    const shares = await weighMembers(both, scales, pictures, {
      next: NEXT,
      seed: 1,
      onProgress: (done, total) => void seen.push(done, total),
    });
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(seen.at(-1)).toBe(pictures.length + 2 * weighedOf(2));
    return {
      shares,
      before,
      after: await scores(),
      again: await weighMembers(both, scales, pictures, { next: NEXT, seed: 1 }),
    };
  } finally {
    both.dispose();
  }
}

test('in each class the member that outlines drawn defects better has most of the map, and scores stay the first one’s', async () => {
  const { before, after, shares, again } = await weighed('tile', 'wood');
  expect(shares.get('tile')).toBeLessThan(0.5);
  expect(shares.get('wood')).toBeGreaterThan(0.5);
  for (const [i, score] of after.entries()) expect(score).toBeCloseTo(before[i]!, 5);
  expect([...again]).toEqual([...shares]);
});

test('members that are alike have equal shares', async () => {
  expect([...(await weighed('tile', 'tile')).shares.values()]).toEqual([0.5, 0.5]);
});

test('a share that is less equal must outline clearly better', () => {
  //         1/2   3/8   5/8   1/4  3/4   1/8  7/8   1/16 15/16
  expect(mostEqual([0.99, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 1, 0.9])).toBe(1 / 2);
  expect(mostEqual([0.97, 0.9, 0.9, 0.9, 0.985, 0.9, 1, 0.9, 0.9])).toBe(3 / 4);
  expect(mostEqual([0.97, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9, 1, 0.9])).toBe(1 / 16);
  // nothing could be drawn
  expect(mostEqual([0, 0, 0, 0, 0, 0, 0, 0, 0])).toBe(1 / 2);
});

test('of many classes none is weighed: their maps would not fit into memory', () => {
  expect([weighedOf(1), weighedOf(3), weighedOf(64) > 0, weighedOf(65)]).toEqual([36, 36, true, 0]);
});
