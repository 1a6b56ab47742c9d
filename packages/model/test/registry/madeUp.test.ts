import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  isGradientDetector,
  judge,
  loadModel,
  methodOf,
  Optimizer,
  readCheckpoint,
  readModelInfo,
  registerMethod,
  saveModel,
  seededEncoderWeights,
  writeCheckpoint,
  freshState,
} from '../../src/index.js';
import { randomTensor, trainConfig, use } from '../kit.js';
import { learn } from './learn.js';
import { averaged, descended } from './madeUp.js';

const seed = { seed: 1, random: 2 } as const;

beforeAll(() => use('wasm'));

/** Pictures of one level of grey with a little noise, the last with a bright square. */
function pictures(defect: boolean): tf.Tensor4D {
  return tf.tidy(() => {
    const noise = tf.mul(randomTensor<tf.Tensor4D>(`grey ${defect}`, [2, 64, 64, 3]), 0.1);
    if (!defect) return noise as tf.Tensor4D;
    const square = tf.pad(tf.fill([2, 16, 16, 3], 2), [
      [0, 0],
      [32, 16],
      [16, 32],
      [0, 0],
    ]);
    return tf.add(noise, square) as tf.Tensor4D;
  });
}

describe.each([descended, averaged])('a made-up method of a few lines, $name,', (method) => {
  test('trains, judges, is saved and loaded by its folder and one call of the registry alone', async () => {
    registerMethod(method);
    const { model: config } = method.presets['plain']!;
    const detector = methodOf(config).create(config, await seededEncoderWeights(config.encoder, seed), seed);
    const losses = await learn(detector, pictures(false), { steps: 40, lr: 0.05 });
    if (method.learns === 'steps') expect(losses.at(-1)).toBeLessThan(0.9 * losses[0]!);

    const [good, bad] = [pictures(false), pictures(true)];
    const scores = async (images: tf.Tensor4D) => (await judge(detector, images)).map(({ score }) => score);
    expect(Math.min(...(await scores(bad)))).toBeGreaterThan(Math.max(...(await scores(good))));

    const info = {
      classes: ['grey'],
      preprocessing: { inputSize: 64, resize: 'bilinear-antialias', normalize: 'imagenet' },
      // above any score of Pyramid-Mamba's
      calibration: {
        grey: {
          review: 3,
          reject: 4,
          method: 'manual',
          goodCount: 2,
          defectCount: 0,
          scoreRange: [0, 1],
          background: 0,
        },
      },
    } as const;
    const bytes = await saveModel(detector, structuredClone(info) as never);
    expect(readModelInfo(bytes, 'file')).toMatchObject({ config: { method: method.name }, info });
    const { model } = loadModel(bytes, 'file');
    expect(await judge(model, bad)).toEqual(await judge(detector, bad));
    tf.dispose([good, bad]);
    model.dispose();
    detector.dispose();
  });
});

test('a made-up method has the gradients that finite differences give, and resumes from a checkpoint', async () => {
  registerMethod(descended);
  const { model: config } = descended.presets['plain']!;
  const weights = await seededEncoderWeights(config.encoder, seed);
  const detector = methodOf(config).create(config, weights, seed);
  if (!isGradientDetector(detector)) throw new Error('expected a detector that learns by steps');
  const images = pictures(false);
  const features = detector.encode(images);
  const centre = detector.trainable().get('centre')!;
  const context = {
    noise: () => null,
    dropPathKeep: (batch: number) => tf.ones<tf.Rank.R1>([batch]),
    dropout: (shape: number[]) => tf.ones(shape),
  };
  const loss = () => detector.objective(features, context);
  const grad = tf.variableGrads(loss, [centre]).grads[centre.name]!.dataSync();
  const at = async (index: number, shift: number): Promise<number> => {
    const values = new Float32Array(centre.size);
    values[index] = shift;
    centre.assign(tf.tensor1d(values));
    return (await loss().data())[0]!;
  };
  for (const index of [0, 7, 31]) {
    const slope = ((await at(index, 0.5)) - (await at(index, -0.5))) / 1;
    expect(slope).toBeCloseTo(grad[index]!, 4);
  }

  const optimizer = new Optimizer(detector.trainable(), trainConfig());
  const checkpoint = await writeCheckpoint(detector, optimizer, freshState());
  const before = centre.dataSync().slice();
  centre.assign(tf.zerosLike(centre));
  readCheckpoint(checkpoint, 'checkpoint', detector, optimizer);
  expect(centre.dataSync()).toEqual(before);
  tf.dispose([images, ...features]);
  optimizer.dispose();
  detector.dispose();
});
