// Options of a training that others found and the paper does not have: centred features, dropout in the bottleneck, hard mining, StableAdamW, a cosine schedule.
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import {
  freshState,
  FormatError,
  learningRate,
  methodOf,
  Optimizer,
  PyramidMamba,
  readCheckpoint,
  stepContext,
  TrainingSession,
  trainConfigSchema,
  trainStep,
  writeCheckpoint,
  type DetectorConfig,
  type GradientDetector,
  type ModelConfig,
  type TrainConfig,
} from '../../src/index.js';
import { encoderWeights, randomFeatures, smallConfig, trainConfig, use } from '../kit.js';
import { METHODS } from '../registry/samples.js';

beforeAll(() => use('wasm'));

const train: TrainConfig = {
  ...trainConfig(),
  optimizer: 'stableadamw',
  amsgrad: true,
  eps: 1e-10,
  clipNorm: 0.1,
  lossWeight: 1,
  dropAt: 1,
  steps: 8,
  schedule: { warmup: 2, finalLr: 2e-4 },
  hardMining: { share: 0.9, factor: 0.1, rampSteps: 4 },
};

const config = (): ModelConfig => ({
  ...smallConfig(),
  centre: 'picture',
  mff: { ...smallConfig().mff, dropout: 0.2 },
});

test('are checked, and absent in the settings of earlier runs', () => {
  expect(trainConfigSchema.parse(train)).toEqual(train);
  expect(trainConfigSchema.parse(trainConfig())).toEqual(trainConfig());
  expect(trainConfigSchema.safeParse({ ...train, schedule: { warmup: 0, finalLr: 1 } }).success).toBe(false);
  expect(trainConfigSchema.safeParse({ ...train, hardMining: { share: 2 } }).success).toBe(false);
});

test('a resumed training with all of them is bit-identical to one that was not interrupted', async () => {
  const weights = await encoderWeights();
  const features = await randomFeatures(config(), 2);
  const run = async (
    from: number,
    to: number,
    checkpoint?: Uint8Array,
  ): Promise<{ losses: number[]; bytes: Uint8Array }> => {
    const model = PyramidMamba.create(config(), weights, train);
    const optimizer = new Optimizer(model.trainable(), train);
    if (checkpoint) readCheckpoint(checkpoint, 'checkpoint', model, optimizer);
    const losses: number[] = [];
    for (let step = from; step < to; step++) {
      const lr = learningRate(train, step, 8);
      const { loss } = await trainStep(model, optimizer, features, stepContext(train, step), lr, 1);
      losses.push(loss);
    }
    const bytes = await writeCheckpoint(model, optimizer, freshState());
    optimizer.dispose();
    model.dispose();
    return { losses, bytes };
  };
  const before = tf.memory().numTensors;
  const whole = await run(0, 8);
  expect(tf.memory().numTensors).toBe(before);
  const half = await run(0, 4);
  const rest = await run(4, 8, half.bytes);
  expect([...half.losses, ...rest.losses]).toEqual(whole.losses);
  expect(Buffer.compare(rest.bytes, whole.bytes)).toBe(0);
  expect(whole.losses.at(-1)).toBeLessThan(whole.losses[0]!);
  // three moments, not two: a checkpoint without amsgrad is another training's
  const model = PyramidMamba.create(config(), weights, train);
  const plain = new Optimizer(model.trainable(), { ...train, amsgrad: false });
  const bytes = await writeCheckpoint(model, plain, freshState());
  const optimizer = new Optimizer(model.trainable(), train);
  expect(() => readCheckpoint(bytes, 'checkpoint', model, optimizer)).toThrow(/max_exp_avg_sq/);
  for (const one of [plain, optimizer, model]) one.dispose();
  tf.dispose(features);
});

test('the share of weakened pixels rises with the steps, and dropout depends on seed and step alone', () => {
  const mining = [0, 1, 4, 100].map((step) => stepContext(train, step).mining);
  expect(mining.map((one) => one!.share)).toEqual([0, 0.9 / 4, 0.9, 0.9]);
  expect(stepContext(trainConfig(), 3).mining).toBeUndefined();
  const mask = (step: number) => Array.from(stepContext(train, step).dropout([100, 100], 0.2).dataSync());
  expect(mask(1)).toEqual(mask(1));
  expect(mask(1)).not.toEqual(mask(2));
  const share = mask(1).reduce((sum, x) => sum + x, 0) / 10_000;
  expect(Math.abs(share - 0.8)).toBeLessThan(0.02);
});

test('a training by time refuses a schedule that depends on its length', async () => {
  const session = new TrainingSession({
    config: config(),
    encoder: await encoderWeights(),
    train,
    checkpoints: { where: 'nowhere', read: () => Promise.resolve(undefined), write: () => Promise.resolve() },
  });
  const features = { count: 2, batch: () => randomFeatures(config(), 2) };
  const plan = session.plan(1, { batches: features, order: () => [[0, 1]], hear: () => undefined });
  await expect(plan).rejects.toThrow(FormatError);
  await expect(plan).rejects.toThrow(/train\.schedule/);
  session.dispose();
});

test.each(['pyramid-mamba', 'rd4ad', 'mambaad'])(
  'centred features: what a picture has in common, %s does not see',
  async (name) => {
    const weights = await encoderWeights();
    const features = await randomFeatures(smallConfig(), 2);
    const shifted = features.map((f) => tf.add(f, tf.linspace(-1, 3, f.shape[3])) as tf.Tensor4D);
    const kept = tf.memory().numTensors;
    const seen = async (centre?: 'picture') => {
      const config = { ...METHODS[name]!, encoder: smallConfig().encoder, ...(centre && { centre }) };
      const model = methodOf(config).create(config as DetectorConfig, weights, { seed: 1, random: 2 });
      const [one, other] = [await model.levels(features), await model.levels(shifted)];
      // what is learnt from them, too: by the method's own loss and by the mined one
      const losses = [trainConfig(), train].flatMap((given) =>
        [features, shifted].map((f) =>
          tf.tidy(() => (model as GradientDetector).objective(f, stepContext(given, 3)).dataSync()[0]!),
        ),
      ) as [number, number, number, number];
      model.dispose();
      const maps = one.flatMap((levels, b) =>
        levels.flatMap(({ data }, l) => Array.from(data, (x, i) => Math.abs(x - other[b]![l]!.data[i]!))),
      );
      return [
        Math.max(...maps),
        Math.abs(losses[1] / losses[0] - 1),
        Math.abs(losses[3] / losses[2] - 1),
      ] as const;
    };
    for (const difference of await seen('picture')) expect(difference).toBeLessThan(1e-3);
    for (const difference of await seen()) expect(difference).toBeGreaterThan(5e-3);
    expect(tf.memory().numTensors).toBe(kept);
    tf.dispose([features, shifted]);
  },
);
