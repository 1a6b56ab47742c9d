// What no golden vector holds: the parts of the training, drawn anomalies and textures, and the score of a part of the map.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import {
  Destseg,
  drawShape,
  drawTexture,
  FormatError,
  fuseSegmentation,
  Optimizer,
  seededEncoderWeights,
  stepper,
  trainConfigSchema,
  UNSMOOTHED,
  type DestsegConfig,
} from '../../src/index.js';
import { METHODS } from '../registry/samples.js';
import { randomTensor, trainConfig, use } from '../kit.js';

const seed = { seed: 1, random: 2 } as const;
const config = METHODS['destseg'] as DestsegConfig;
const count = 4;

beforeAll(() => use('wasm'));

test('each part trains its own network; the other one and its statistics stay bit-identical', async () => {
  const model = Destseg.create(config, await seededEncoderWeights(config.encoder, seed), seed);
  const images = randomTensor<tf.Tensor4D>('pictures', [2, 64, 64, 3]);
  const features = model.encoder.encode(images);
  let textured = 0;
  const source = {
    batch: () => Promise.resolve(features.map((level) => tf.clone(level))),
    pictures: () => Promise.resolve(tf.clone(images)),
  };
  const textures = {
    count,
    batch: (indices: readonly number[]) => {
      textured += indices.length;
      return Promise.resolve(tf.ones<tf.Rank.R4>([indices.length, 64, 64, 3]));
    },
  };
  const parts = [
    { share: 0.5, rates: { 'student.': 1 } },
    { share: 0.5, rates: { 'segmentation.res.': 0.25, 'segmentation.head.': 0.025 } },
  ];
  const train = trainConfigSchema.parse({ ...trainConfig(), optimizer: 'sgd', lr: 0.1, parts });
  const optimizer = new Optimizer(model.trainable(), train);
  const step = stepper(model, optimizer, train, { ...source, textures });
  const state = async () =>
    new Map([...(await model.stateDict())].map(([name, { data }]) => [name, data.join()]));
  const changed = (before: Map<string, string>, after: Map<string, string>) =>
    new Set(
      [...after].filter(([name, data]) => before.get(name) !== data).map(([name]) => name.split('.')[0]),
    );
  const begin = await state();
  await step([0, 1], 0, 0.1, 2);
  const middle = await state();
  expect(changed(begin, middle)).toEqual(new Set(['student']));
  const { numTensors } = tf.memory();
  await step([0, 1], 1, 0.1, 2);
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(changed(middle, await state())).toEqual(new Set(['segmentation']));
  expect(textured).toBe(4);
  // a training without pictures, and parts without a length
  await expect(stepper(model, optimizer, train, { batch: source.batch })([0, 1], 0, 0.1, 2)).rejects.toThrow(
    /destseg learns from pictures, but this training has only their features/,
  );
  await expect(step([0, 1], 0, 0.1)).rejects.toThrow(/needs its number of steps/);
  const adam = new Optimizer(model.trainable(), { ...train, optimizer: 'adam' });
  await expect(stepper(model, adam, train, source)([0, 1], 0, 0.1, 2)).rejects.toThrow(FormatError);
  optimizer.dispose();
  adam.dispose();
  tf.dispose([images, ...features]);
  model.dispose();
});

test('anomalies cover a part of a picture, textures are varied and within the range of colours', () => {
  let state = 1;
  const uniform = () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
  const shares = Array.from({ length: 40 }, () => {
    const { mask, beta } = drawShape(uniform, [32, 64]);
    expect(mask.every((value) => value === 0 || value === 1)).toBe(true);
    expect(beta >= 0 && beta < 0.8).toBe(true);
    return mask.reduce((sum, value) => sum + value, 0) / mask.length;
  });
  expect(shares.filter((share) => share > 0).length).toBeGreaterThan(20);
  expect(Math.max(...shares)).toBeLessThan(0.9);
  for (let i = 0; i < 20; i++) {
    const texture = drawTexture(uniform, [32, 64]);
    expect(texture).toHaveLength(3 * 32 * 64);
    expect(texture.every((value) => value > -2.2 && value < 2.7)).toBe(true);
    expect(new Set(texture).size).toBeGreaterThan(3);
  }
});

test('the score is the mean of the largest pixels that are judged', () => {
  const data = Float32Array.of(0.9, 0.1, 0.2, 0.3);
  const map = { top: 2, sigma: UNSMOOTHED };
  const level = { height: 2, width: 2, data };
  expect(fuseSegmentation([level], [2, 2], map).score).toBeCloseTo(0.6, 6);
  const judged = fuseSegmentation([level], [2, 2], map, Uint8Array.of(0, 1, 1, 1));
  expect(judged.score).toBeCloseTo(0.25, 6);
  expect(judged.map[0]).toBe(0);
});
