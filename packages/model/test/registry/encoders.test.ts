import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  createEncoder,
  describeEncoder,
  encoderConfigSchema,
  encoderFamilies,
  encoderFingerprint,
  encoderWeightsFrom,
  familyOf,
  FormatError,
  inferEncoder,
  registerEncoderFamily,
  seededEncoderWeights,
  type EncoderConfig,
  type EncoderWeights,
} from '../../src/index.js';
import { hostTensors, randomTensor, use } from '../kit.js';
import { ENCODERS, missing } from './samples.js';

const seed = { seed: 1, random: 2 } as const;

test('every registered family and method has a small configuration for these tests', () => {
  expect(missing()).toEqual([]);
});

test('a family that is not registered is refused with the ones that are', () => {
  expect(() => familyOf({ family: 'none' })).toThrow(FormatError);
  expect(() => familyOf({ family: 'none' })).toThrow(/family "none".*resnet/);
  const found = encoderConfigSchema.safeParse({ family: 'none', arch: 'resnet18', width: 8 });
  expect(found.error?.issues[0]).toMatchObject({ path: ['family'], message: expect.stringMatching(/none/) });
  for (const value of [null, 'resnet18', [1], 3])
    expect(encoderConfigSchema.safeParse(value).error?.issues[0]?.message).toMatch(/expected object/);
});

test('a name is registered once', () => {
  const [first] = encoderFamilies();
  expect(() => registerEncoderFamily(first!)).not.toThrow();
  expect(() => registerEncoderFamily({ ...first! })).toThrow(/registered already/);
});

const samples = Object.values(ENCODERS)
  .flat()
  .map((config) => ({ name: describeEncoder(config), config }));

describe.each(samples)('the encoder $name', ({ config }) => {
  let weights: EncoderWeights;
  beforeAll(async () => {
    await use('wasm');
    weights = await seededEncoderWeights(config, seed);
  });

  test('gives features as its contract says, for pictures that are not square, and leaks no tensor', async () => {
    const contract = familyOf(config).contract(config);
    const { numTensors } = tf.memory();
    const encoder = createEncoder(config, weights);
    expect(encoder).toMatchObject(contract);
    const { channels, strides, inputMultiple: multiple } = encoder;
    expect(channels.length).toBe(strides.length);
    expect([...strides].sort((a, b) => a - b)).toEqual(strides);
    for (const stride of strides) expect(multiple % stride).toBe(0);
    const [height, width] = [3 * multiple, 2 * multiple];
    const images = randomTensor<tf.Tensor4D>('pictures', [2, height, width, 3]);
    const features = encoder.encode(images);
    expect(features.map(({ shape }) => shape)).toEqual(
      strides.map((stride, level) => [2, height / stride, width / stride, channels[level]]),
    );
    const prototypes = await encoder.prototype(features);
    expect(prototypes.length).toBe(2);
    expect(prototypes[0]!.length).toBe(prototypes[1]!.length);
    expect(prototypes.every((values) => values.every(Number.isFinite))).toBe(true);
    tf.dispose([images, ...features]);
    encoder.dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });

  test('has weights of the listed names and shapes, which a file keeps bit-identical', () => {
    const listed = familyOf(config).tensors(config);
    expect([...weights.keys()].sort()).toEqual(listed.map(({ name }) => name).sort());
    for (const { name, shape } of listed) expect(weights.get(name)!.shape, name).toEqual(shape);
    const again = encoderWeightsFrom(hostTensors(weights), config, 'file');
    expect(encoderFingerprint(again)).toBe(encoderFingerprint(weights));
    const lacking = hostTensors(weights);
    lacking.delete(listed.at(-1)!.name);
    expect(() => encoderWeightsFrom(lacking, config, 'w.pth')).toThrow(FormatError);
  });

  test('is recognised in a file by its names and shapes', () => {
    const { family, ...rest } = config;
    expect({ family, ...inferEncoder(hostTensors(weights), 'w.pth') }).toEqual({ family, ...rest });
    for (const mark of familyOf(config).marks) expect([...weights.keys()]).toContain(mark);
  });

  test('has a configuration that is checked: no unknown key, no number that is none', () => {
    expect(encoderConfigSchema.parse(config)).toEqual(config);
    const wrong: unknown[] = [
      { ...config, unheard: 1 },
      { ...config, arch: 'none' },
    ];
    for (const value of wrong) expect(encoderConfigSchema.safeParse(value).success).toBe(false);
    expect(familyOf(config).configSchema.parse(config) as EncoderConfig).toEqual(config);
  });
});
