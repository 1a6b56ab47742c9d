import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import {
  copyOf,
  detectorFrom,
  inputOf,
  judge,
  methodOf,
  seededEncoderWeights,
  type Detector,
} from '../../src/index.js';
import { randomTensor, use } from '../kit.js';
import { learn } from './learn.js';
import { METHODS } from './samples.js';

const SEED = { seed: 1, random: 2 } as const;

beforeAll(async () => {
  await use('wasm');
});

test.each(Object.values(METHODS))(
  'a copy of $method, sent to another thread, judges bit for bit as the detector does, with pictures left out too',
  async (config) => {
    const before = tf.memory().numTensors;
    const encoder = await seededEncoderWeights(config.encoder, SEED);
    const detector = methodOf(config).create(config, encoder, SEED);
    const { height, width } = inputOf(config);
    await learn(detector, randomTensor('good', [3, height, width, 3]), { steps: 1 });
    const sent = structuredClone(await copyOf(detector));
    for (const { data } of [...sent.encoder.values(), ...sent.learnt.values()])
      expect(data.buffer).toBeInstanceOf(SharedArrayBuffer);
    const copy = detectorFrom(sent);
    expect(copy.knowsPictures).toBe(detector.knowsPictures);
    const images: tf.Tensor4D = randomTensor('judged', [2, height, width, 3]);
    const judgedBy = async (model: Detector) => [
      await judge(model, images),
      ...(model.knowsPictures ? [await judge(model, images, undefined, [[0], [1, 2]])] : []),
    ];
    expect(await judgedBy(copy)).toEqual(await judgedBy(detector));
    if (detector.knowsPictures) {
      const [[, withAll], [, without]] = (await judgedBy(copy)) as [
        [unknown, { score: number }],
        [unknown, { score: number }],
      ];
      expect(without.score).not.toBe(withAll.score);
    }
    for (const one of [copy, detector]) one.dispose();
    images.dispose();
    expect(tf.memory().numTensors).toBe(before);
  },
);
