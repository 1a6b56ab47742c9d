import * as tf from '@tensorflow/tfjs-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import {
  createEncoder,
  encoderConfigSchema,
  floatsOf,
  judge,
  loadModel,
  registerMethod,
  TrainingSession,
  trainingPlan,
  type BankDetector,
  type DetectorConfig,
  type EncoderWeights,
  type Features,
  type FeatureSource,
  type FitOptions,
  type HostArray,
  type Method,
  type TrainingEvent,
} from '../../src/index.js';
import { encoderWeights, hostTensors, randomTensor, smallConfig, trainConfig, use } from '../kit.js';

/** A made-up method: the distance of a pixel's coarsest features to their mean over all training pictures. */
class MeanDistance implements BankDetector {
  readonly method = 'mean-distance';
  readonly encoder;
  /** Of each fit. */
  readonly seeds: number[] = [];
  constructor(
    readonly config: DetectorConfig,
    weights: EncoderWeights,
    private mean: Float32Array = new Float32Array(),
  ) {
    this.encoder = createEncoder(config.encoder, weights);
  }

  encode(images: tf.Tensor4D): Features {
    return this.encoder.encode(images);
  }

  async fit({ count, batch }: FeatureSource, { seed, onProgress, stopped }: FitOptions): Promise<void> {
    this.seeds.push(seed.seed);
    const sums: Float32Array[] = [];
    for (let i = 0; i < count; i++) {
      if (stopped?.()) throw new DOMException('the fit was stopped', 'AbortError');
      const features = await batch([i]);
      sums.push(...(await this.encoder.prototype(features)));
      tf.dispose(features);
      await onProgress?.((i + 1) / count, 'averaging');
    }
    this.mean = sums[0]!.map((_, c) => sums.reduce((sum, one) => sum + one[c]!, 0) / count);
  }

  async levels(features: Features) {
    const distances = tf.tidy(() => tf.norm(tf.sub(features.at(-1)!, tf.tensor1d(this.mean)), 2, 3));
    const [pictures, height, width] = distances.shape as [number, number, number];
    const data = await distances.data<'float32'>();
    distances.dispose();
    const size = height * width;
    return Array.from({ length: pictures }, (_, b) => [
      { height, width, data: data.slice(b * size, (b + 1) * size) },
    ]);
  }

  stateDict(): Promise<Map<string, HostArray>> {
    return Promise.resolve(new Map([['mean', { shape: [this.mean.length], data: this.mean }]]));
  }

  dispose(): void {
    this.encoder.dispose();
  }
}

const meanDistance: Method = {
  name: 'mean-distance',
  title: 'Distance to the mean',
  configSchema: z.strictObject({
    method: z.literal('mean-distance'),
    inputSize: z.number(),
    encoder: encoderConfigSchema,
    map: z.strictObject({ sigma: z.number() }),
  }),
  presets: {},
  needs: 'features',
  learns: 'bank',
  create: (config, weights) => new MeanDistance(config, weights),
  load: (config, weights, tensors) =>
    new MeanDistance(config, weights, floatsOf(tensors.get('mean')!, 'mean')),
  levelCount: () => 1,
  tensors: () => [{ name: 'mean', shape: [null] }],
  extents: () => [],
  inputMultiple: () => 32,
  largestScore: () => Infinity,
  fuse: ([level], [height, width]) => {
    const map = new Float32Array(height * width);
    map.forEach((_, i) => {
      const y = Math.floor((Math.floor(i / width) * level!.height) / height);
      map[i] = level!.data[y * level!.width + Math.floor(((i % width) * level!.width) / width)]!;
    });
    return { map, score: Math.max(...map) };
  },
};

const COUNT = 3;
const opened: TrainingSession[] = [];
beforeAll(async () => {
  await use('wasm');
  registerMethod(meanDistance);
});
afterEach(() => opened.splice(0).forEach((session) => session.dispose()));

async function sessionOf(config: DetectorConfig, train = trainConfig()) {
  let kept: Uint8Array | undefined;
  const session = new TrainingSession({
    config,
    encoder: await encoderWeights(),
    train,
    checkpoints: {
      where: 'the checkpoint',
      read: () => Promise.resolve(kept),
      write: (bytes) => Promise.resolve(void (kept = bytes)),
    },
  });
  opened.push(session);
  const batches: FeatureSource = {
    count: COUNT,
    batch: async (indices) => {
      const pictures = indices.map((i) => randomTensor<tf.Tensor4D>(`picture ${i}`, [1, 64, 64, 3]));
      const images = tf.concat(pictures);
      const features = session.detector.encode(images);
      tf.dispose([...pictures, images]);
      return features;
    },
  };
  const events: TrainingEvent[] = [];
  const learn = {
    batches,
    order: () => [[0, 1]],
    hear: (event: TrainingEvent) => void events.push(event),
  };
  const finish = () =>
    session.finish({
      classes: ['thing'],
      batches,
      classOf: Array.from({ length: COUNT }, () => 'thing'),
      thresholds: () => Promise.resolve({}),
      fingerprint: 'f',
      preset: 'none',
      about: { note: 'made up' },
    });
  return { session, events, learn, finish, kept: () => kept };
}

const madeUp: DetectorConfig = {
  method: 'mean-distance',
  inputSize: 64,
  encoder: { arch: 'resnet18', width: 8 },
  map: { sigma: 2 },
};

test('a made-up method is trained, saved, loaded and judges, known only by its line in the registry', async () => {
  const { session, events, learn, finish, kept } = await sessionOf(madeUp);
  expect(await session.restore()).toBe(false);
  expect(await session.learn(learn)).toBe(true);
  expect(events.map((event) => event.kind === 'fitting' && event.share)).toEqual([1 / 3, 2 / 3, 1]);
  expect(kept()).toBe(undefined);

  const { bytes, info } = await finish();
  expect(info.training).toEqual({ preset: 'none', seed: 1, random: 2, note: 'made up' });
  expect(info.prototypes!['thing']).toHaveLength(32);
  const { model } = loadModel(bytes, 'model');
  const images = randomTensor<tf.Tensor4D>('unseen', [1, 64, 64, 3]);
  const [own] = await judge(session.detector, images);
  const [found] = await judge(model, images);
  expect(found).toEqual(own);
  expect(found!.score).toBeGreaterThan(0);
  images.dispose();
  model.dispose();
});

test('a fit that is stopped has no model, and a later one has', async () => {
  const { session, learn, finish } = await sessionOf(madeUp);
  let asked = 0;
  expect(await session.learn({ ...learn, stopped: () => asked++ > 1 })).toBe(false);
  await expect(finish()).rejects.toThrow(/stopped before it had learnt anything/);
  expect(await session.learn(learn)).toBe(true);
  expect((await finish()).info.classes).toEqual(['thing']);
  // the bank of before is not one of the pictures of now
  asked = 0;
  expect(await session.learn({ ...learn, stopped: () => asked++ > 1 })).toBe(false);
  await expect(finish()).rejects.toThrow(/stopped before it had learnt anything/);
});

test('a fit on top of a training has the seed of the training, so that resuming it gives the same', async () => {
  const { session, learn } = await sessionOf(madeUp);
  await session.learn(learn);
  await session.learn({ ...learn, tune: { ...trainConfig(), seed: 1001 } });
  expect((session.detector as MeanDistance).seeds).toEqual([1, 1]);
});

test('a method that learns by steps keeps checkpoints, tunes without them, and goes back to the last one', async () => {
  const train = { ...trainConfig(), epochs: 2, dropAt: 1 };
  const { session, events, learn, finish, kept } = await sessionOf(smallConfig(), train);
  expect(trainingPlan(train, COUNT)).toEqual({ perEpoch: 1, total: 2, epochs: 2 });
  expect(await session.learn({ ...learn, maxSteps: 1 })).toBe(true);
  const first = kept();
  expect(session.state.step).toBe(1);
  expect(await session.learn(learn)).toBe(true);
  expect(kept()).not.toBe(first);
  expect(events.map(({ kind }) => kind)).toEqual(['step', 'epoch', 'step', 'epoch']);
  const before = await session.detector.stateDict();

  const last = kept();
  await session.learn({ ...learn, tune: { ...train, epochs: 1 } });
  expect(kept()).toBe(last);
  expect(session.state.step).toBe(2);
  expect(hostTensors(await session.detector.stateDict())).not.toEqual(hostTensors(before));
  expect(await session.restore()).toBe(true);
  expect(hostTensors(await session.detector.stateDict())).toEqual(hostTensors(before));
  expect((await finish()).info.training).toMatchObject({ lr: train.lr, steps: 2, epochsDone: 2 });
});

test('a pause keeps a checkpoint before it waits', async () => {
  const { session, learn, kept } = await sessionOf(smallConfig(), { ...trainConfig(), epochs: 1 });
  const seen: unknown[] = [];
  await session.learn({
    ...learn,
    paused: () => {
      const resumed = new Promise<void>((resolve) =>
        setTimeout(() => {
          seen.push(kept() !== undefined);
          resolve();
        }, 2000),
      );
      return resumed;
    },
  });
  expect(seen).toEqual([true]);
});

test('a training planned by time makes the steps that its settings repeat', async () => {
  const train = { ...trainConfig(), epochs: 1, dropAt: 0.75 };
  const { session, events, learn, kept } = await sessionOf(smallConfig(), train);
  const planned = (await session.plan(0.4, learn))!;
  const { step } = session.state;
  expect(step).toBeGreaterThan(0);
  expect(kept()).toBeDefined();
  expect(planned.steps).toBeGreaterThan(step);
  expect(planned).toEqual({ ...train, steps: planned.steps, epochs: planned.steps });
  expect(session.train).toBe(planned);
  expect(events.filter(({ kind }) => kind === 'measuring')).toHaveLength(step);
  expect(await session.learn(learn)).toBe(true);
  expect(session.state.step).toBe(planned.steps);

  const again = await sessionOf(smallConfig(), planned);
  await again.session.learn(again.learn);
  expect(hostTensors(await again.session.detector.stateDict())).toEqual(
    hostTensors(await session.detector.stateDict()),
  );
});

test('a plan that is stopped keeps a checkpoint and has no length', async () => {
  const { session, learn, kept } = await sessionOf(smallConfig());
  let asked = 0;
  expect(await session.plan(1000, { ...learn, stopped: () => asked++ > 1 })).toBe(undefined);
  expect(kept()).toBeDefined();
  expect(session.train.steps).toBe(undefined);
});

test('checkpoints by time are kept within an epoch too', async () => {
  const { session, learn, kept } = await sessionOf(smallConfig(), { ...trainConfig(), epochs: 1 });
  const order = () => Array.from({ length: 6 }, () => [0, 1]);
  const seen: boolean[] = [];
  const hear = async (event: TrainingEvent) => {
    if (event.kind === 'step') seen.push(kept() !== undefined);
    await new Promise((resolve) => setTimeout(resolve, 30));
  };
  await session.learn({
    ...learn,
    batches: { ...learn.batches, count: 12 },
    order,
    hear,
    checkpointEvery: 0.05,
  });
  expect(seen[0]).toBe(false);
  expect(seen.at(-1)).toBe(true);
});
