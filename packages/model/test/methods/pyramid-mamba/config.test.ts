import { describe, expect, test } from 'vitest';
import {
  encoderConfigSchema,
  learningRate,
  modelConfigSchema,
  presets,
  trainConfigSchema,
  type TrainConfig,
} from '../../../src/index.js';
import { smallConfig, trainConfig } from '../../kit.js';

const model = (change: (config: ReturnType<typeof smallConfig>) => void): boolean => {
  const config = smallConfig();
  change(config);
  return modelConfigSchema.safeParse(config).success;
};

describe('a model configuration', () => {
  test('of every preset is valid', () => {
    for (const { model, train } of Object.values(presets)) {
      expect(modelConfigSchema.parse(model)).toEqual(model);
      expect(trainConfigSchema.parse(train)).toEqual(train);
    }
  });

  test.each<[string, (config: ReturnType<typeof smallConfig>) => void]>([
    ['an input size that is not a multiple of 32', (c) => (c.inputSize = 100)],
    ['an input size of 0', (c) => (c.inputSize = 0)],
    ['a width that is not an integer', (c) => (c.encoder.width = 1.5)],
    ['an unknown architecture', (c) => (c.encoder.arch = 'resnet51' as 'resnet18')],
    ['a depth that is neither a multiple of 2 nor of 3', (c) => (c.decoder.depths[1] = 5)],
    ['a depth of 1', (c) => (c.decoder.depths[0] = 1)],
    ['three depths', (c) => c.decoder.depths.pop()],
    ['no grid', (c) => (c.decoder.grids = [])],
    ['a grid of 0', (c) => (c.decoder.grids = [0])],
    ['neither branch', (c) => (c.decoder.pss = c.decoder.lec = false)],
    ['negative noise', (c) => (c.mff.noiseStd = -1)],
    ['a drop path of 1', (c) => (c.decoder.dropPath = 1)],
    ['NaN', (c) => (c.mff.noiseStd = NaN)],
    ['an unknown key', (c) => Object.assign(c.decoder, { psss: true })],
    ['a missing key', (c) => delete (c as Partial<typeof c>).mff],
  ])('is rejected with %s', (_, change) => expect(model(change)).toBe(false));

  test('has a default bottleneck width', () => {
    expect(model((c) => (c.mff.bottleneckWidth = 4))).toBe(true);
    expect(encoderConfigSchema.safeParse({ arch: 'resnet34', width: 64, depth: 3 }).success).toBe(false);
  });
});

describe('a training configuration', () => {
  test.each<[string, Partial<TrainConfig>]>([
    ['a learning rate of 0', { lr: 0 }],
    ['beta 1', { betas: [0.9, 1] }],
    ['an infinite decay', { weightDecay: Infinity }],
    ['a clip norm of 0', { clipNorm: 0 }],
    ['half an epoch', { epochs: 0.5 }],
    ['dropAt 1.5', { dropAt: 1.5 }],
    ['another optimiser', { optimizer: 'rmsprop' as 'adam' }],
  ])('is rejected with %s', (_, change) =>
    expect(trainConfigSchema.safeParse({ ...trainConfig(), ...change }).success).toBe(false),
  );

  test('can disable clipping', () =>
    expect(trainConfigSchema.safeParse({ ...trainConfig(), clipNorm: null }).success).toBe(true));
});

describe('presets', () => {
  test('paper follows the text, official the published code, where they differ', () => {
    const { paper, official } = presets;
    expect(paper.train).toMatchObject({
      optimizer: 'adam',
      lr: 5e-4,
      weightDecay: 1e-4,
      epochs: 500,
      lossWeight: 1,
    });
    expect(official.train).toMatchObject({
      optimizer: 'adamw',
      lr: 5e-3,
      weightDecay: 1e-4,
      epochs: 1000,
      lossWeight: 5,
    });
    expect(official.train).toMatchObject({ batchSize: 16, clipNorm: 5, dropAt: 0.8 });
    for (const { model } of [paper, official]) {
      expect(model.encoder).toEqual({ arch: 'resnet34', width: 64 });
      expect(model.inputSize).toBe(256);
      expect(model.decoder).toEqual({
        depths: [3, 4, 6, 3],
        dState: 16,
        grids: [1, 2],
        pss: true,
        lec: true,
        dropPath: 0.2,
      });
    }
  });
});

describe('the learning rate', () => {
  const config = { ...trainConfig(), lr: 0.005, epochs: 1000, dropAt: 0.8 };

  test('falls to a tenth after the share of the epochs, at the first iteration past it', () => {
    expect([0, 1, 180_799].map((i) => learningRate(config, i, 226))).toEqual([0.005, 0.005, 0.005]);
    expect(learningRate(config, 180_800, 226)).toBeCloseTo(5e-4, 15);
    expect(learningRate(config, 225_999, 226)).toBeCloseTo(5e-4, 15);
  });

  test('falls again after the same number of epochs', () => {
    const fifth = { ...config, dropAt: 0.2 };
    expect(learningRate(fifth, 999, 1)).toBeCloseTo(0.005 * 1e-4, 15);
  });

  test('never falls with dropAt 1', () =>
    expect(learningRate({ ...config, dropAt: 1 }, 10 ** 9, 226)).toBe(0.005));

  test('stays finite and undiminished if the share is less than an epoch', () =>
    expect(learningRate({ ...config, epochs: 1 }, 0, 226)).toBe(0.005));
});
