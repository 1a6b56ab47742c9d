import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  encoderWeightsFrom,
  FormatError,
  isReachable,
  judge,
  LARGEST_SCORE,
  loadModel,
  NumericError,
  PyramidMamba,
  readModelInfo,
  readSafetensors,
  saveModel,
  withModelInfo,
  writeSafetensors,
  type HostTensor,
  type ModelInfo,
} from '../../src/index.js';
import { resnetConvs } from '../../src/encoders/resnet/architecture.js';
import type { ResnetConfig } from '../../src/encoders/resnet/config.js';
import { BACKENDS, encoderWeights, hostTensor, hostTensors, numbers, smallConfig, use } from '../kit.js';

const config = smallConfig();
const model = async () => PyramidMamba.create(config, await encoderWeights(), { seed: 1, random: 2 });

describe.each(BACKENDS)('on %s', (backend) => {
  beforeAll(() => use(backend));

  test('relu keeps NaN and infinity, alone and after a convolution', () => {
    const x = tf.tensor4d([NaN, Infinity, -1, 2, 3, NaN, 4, Infinity, 1], [1, 3, 3, 1]);
    const filter = tf.ones<tf.Rank.R4>([1, 1, 1, 1]);
    const want = [NaN, Infinity, 0, 2, 3, NaN, 4, Infinity, 1];
    expect([...tf.relu(x).dataSync()]).toEqual(want);
    const bias = tf.tensor1d([0]);
    for (const given of [undefined, bias])
      expect([
        ...tf.fused
          .conv2d({ x, filter, strides: 1, pad: 0, activation: 'relu', ...(given ? { bias: given } : {}) })
          .dataSync(),
      ]).toEqual(want);
  });

  test('a picture with one NaN has no verdict', async () => {
    const network = await model();
    const images = (value: number): tf.Tensor4D => {
      const data = numbers('image', 64 * 64 * 3);
      data[5000] = value;
      return tf.tensor4d(data, [1, 64, 64, 3]);
    };
    expect(await judge(network, images(0.5))).toHaveLength(1);
    const { numTensors } = tf.memory();
    for (const value of [NaN, Infinity, -Infinity])
      await expect(judge(network, images(value)), String(value)).rejects.toThrow(NumericError);
    expect(tf.memory().numTensors).toBe(numTensors + 3);
    network.dispose();
  });
});

describe('weights', () => {
  let tensors: Map<string, HostTensor>;
  beforeAll(async () => {
    await use('cpu');
    tensors = hostTensors(await encoderWeights());
  });
  const changed = (name: string, change: (data: Float32Array) => void): Map<string, HostTensor> => {
    const { shape, data } = tensors.get(name)!;
    const own = Float32Array.from(data as Float32Array);
    change(own);
    return new Map([...tensors, [name, hostTensor(shape, own)]]);
  };

  test.each(resnetConvs(config.encoder as ResnetConfig).map(({ name }) => name))(
    'of %s that are finite but so large that a sum overflows are refused with the name',
    (name) => {
      for (const sign of [1, -1]) {
        const huge = changed(`${name}.weight`, (data) => (data[3] = sign * 3e38));
        expect(() => encoderWeightsFrom(huge, config.encoder, 'w.safetensors')).toThrow(
          new RegExp(`w\\.safetensors: .*${name.replaceAll('.', '\\.')}.*overflow.*damaged`),
        );
      }
    },
  );

  test('with a normalisation of negative variance, or one that folds to infinity, are refused with an error', () => {
    const unfolded = (variance: number, gamma: number): Map<string, HostTensor> => {
      const all = new Map(tensors);
      all.delete('conv1.bias');
      const each = (value: number) => hostTensor([8], new Float32Array(8).fill(value));
      for (const [part, value] of [
        ['weight', gamma],
        ['bias', 0],
        ['running_mean', 0],
        ['running_var', variance],
      ] as const)
        all.set(`bn1.${part}`, each(value));
      return all;
    };
    const read = (variance: number, gamma: number) => () =>
      encoderWeightsFrom(unfolded(variance, gamma), config.encoder, 'w.pth');
    expect(read(1, 1)).not.toThrow();
    for (const variance of [-1, -1e-6])
      expect(read(variance, 1)).toThrow(/w\.pth: bn1\.running_var: a variance must not be negative, got -/);
    expect(read(0, 3e38)).toThrow(/w\.pth: conv1 .*not finite; the file is damaged/);
  });

  test('of the decoder with a negative variance are refused when a model is loaded', async () => {
    const network = await model();
    const state = hostTensors(await network.stateDict());
    const name = 'mff_oce.bn_layer.0.bn1.running_var';
    const { shape, data } = state.get(name)!;
    (data as Float32Array)[1] = -0.5;
    state.set(name, hostTensor(shape, data as Float32Array));
    expect(() => network.loadStateDict(state, 'model')).toThrow(FormatError);
    expect(() => network.loadStateDict(state, 'model')).toThrow(/bn1\.running_var: a variance.*got -0\.5/);
    network.dispose();
  });
});

describe('thresholds that no score can reach', () => {
  const calibration = (review: number, reject = review) => ({
    review,
    reject,
    method: 'manual' as const,
    goodCount: 0,
    defectCount: 0,
    scoreRange: [0, 0] as [number, number],
    background: 0,
  });
  const info = (review: number, reject?: number): ModelInfo => ({
    classes: ['a', 'b'],
    preprocessing: { inputSize: 64, resize: 'bilinear-antialias', normalize: 'imagenet' },
    calibration: { a: calibration(0.2), b: calibration(review, reject) },
  });
  let sound: Uint8Array;
  beforeAll(async () => {
    await use('cpu');
    const network = await model();
    sound = await saveModel(network, info(LARGEST_SCORE, 0.988));
    await expect(saveModel(network, info(0.7))).rejects.toThrow(
      /calibration\.b\.review: no score can be above 0\.6667/,
    );
    network.dispose();
  });
  /** A file as version 0.1.0 wrote it. */
  const unreachable = (): Uint8Array => {
    const { tensors, metadata } = readSafetensors(sound, 'm');
    return writeSafetensors(tensors, { ...metadata, info: JSON.stringify(info(0.7)) });
  };

  test('are read as they are; only an unreachable review threshold is refused, when it is written', () => {
    expect(isReachable(LARGEST_SCORE)).toBe(true);
    expect(readModelInfo(sound, 'm').info.calibration!['b']).toMatchObject({ reject: 0.988 });
    for (const read of [readModelInfo, loadModel])
      expect(read(unreachable(), 'm').info.calibration!['b']).toEqual(calibration(0.7));
    expect(() => withModelInfo(sound, 'm', () => info(0.7))).toThrow(FormatError);
    const kept = withModelInfo(sound, 'm', (old) => old);
    expect(readModelInfo(kept, 'm').info).toEqual(info(LARGEST_SCORE, 0.988));
  });

  test('are left out when they are about to be replaced', () => {
    expect(Object.keys(readModelInfo(unreachable(), 'm', { recalibrate: true }).info.calibration!)).toEqual([
      'a',
    ]);
    const mended = withModelInfo(unreachable(), 'm', (old) => {
      expect(Object.keys(old.calibration!)).toEqual(['a']);
      return { ...old, calibration: { ...old.calibration, b: calibration(0.3) } };
    });
    expect(readModelInfo(mended, 'm').info.calibration!['b']).toMatchObject({ reject: 0.3 });
  });
});
