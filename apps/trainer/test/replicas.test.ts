import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { seededRandom } from '@pyramid-mamba/data';
import {
  batchTensors,
  featureLength,
  featureShapes,
  inputOf,
  lossAndGradients,
  messageLength,
  NumericError,
  seededTraining,
  shares,
  stepContext,
  ThreadCommunicator,
  toHalf,
  trainStep,
  type Communicator,
  type Features,
  type HostArray,
  type Optimizer,
  type PyramidMamba,
  type TrainConfig,
} from '@pyramid-mamba/model';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { pickBackend } from '../src/backend.js';
import { UserError } from '../src/errors.js';
import { FeatureCache } from '../src/training/featureCache.js';
import type { FeatureStore } from '../src/training/features.js';
import { main } from '../src/main.js';
import { Replicas, type ReplicasOptions } from '../src/training/replicas.js';
import {
  fingerprintOf,
  recordingIo,
  SMALL_NETWORK,
  temporaryFolder,
  tinyDataset,
  tinyEncoder,
  tinyNetwork,
  words,
} from './kit.js';

const LR = 0.01;

beforeAll(async () => {
  await pickBackend('wasm');
});

describe('shares', () => {
  test('split a batch into one part per replica, in order, with sizes that differ by one at most', () => {
    for (let count = 1; count <= 6; count++) {
      for (let pictures = 1; pictures <= 13; pictures++) {
        const batch = Array.from({ length: pictures }, (_, i) => (i * 7) % 13);
        const parts = shares(batch, count);
        expect(parts).toHaveLength(count);
        expect(parts.flat()).toEqual(batch);
        const sizes = parts.map((part) => part.length);
        expect(Math.max(...sizes) - Math.min(...sizes), `${pictures} among ${count}`).toBeLessThanOrEqual(1);
      }
    }
    expect(shares([5, 3], 3)).toEqual([[5], [3], []]);
  });
});

/** Random half floats of picture `index`. */
function halvesOf(model: PyramidMamba, index: number): Uint16Array {
  const random = seededRandom('picture', index);
  return toHalf(Float32Array.from({ length: lengthOf(model) }, random));
}
const shapesOf = (model: PyramidMamba) => featureShapes(model.encoder, inputOf(model.config));
const lengthOf = (model: PyramidMamba) => featureLength(shapesOf(model));
const picturesOf = (model: PyramidMamba, indices: readonly number[]): Features =>
  batchTensors(
    indices.map((index) => halvesOf(model, index)),
    shapesOf(model),
  );

function largestDifference(a: Map<string, HostArray>, b: Map<string, HostArray>): number {
  let largest = 0;
  for (const [name, { data }] of a) {
    const other = b.get(name)!.data;
    for (let i = 0; i < data.length; i++) {
      const difference = Math.abs(Number(data[i]) - Number(other[i]));
      // NaN counts as a difference
      if (!(difference <= largest)) largest = difference;
    }
  }
  return largest;
}

interface Replica {
  model: PyramidMamba;
  optimizer: Optimizer;
  train: TrainConfig;
  communicator: Communicator;
}

/** Resolves once `count` callers have called it. */
function meeting(count: number): () => Promise<void> {
  let waiting: (() => void)[] = [];
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (waiting.length < count) return;
      const all = waiting;
      waiting = [];
      for (const goOn of all) goOn();
    });
}

/** `count` replicas of the tiny network in this thread. */
function replicasHere(network: ReturnType<typeof tinyNetwork>, count = 2): Replica[] {
  const parts = Array.from({ length: count }, () => network.create());
  const bytes = 4 * messageLength(parts[0]!.model);
  const blocks = parts.map(() => new SharedArrayBuffer(bytes));
  const meet = meeting(count);
  return parts.map((part, rank) => ({
    ...part,
    train: network.train,
    communicator: new ThreadCommunicator(rank, blocks, meet),
  }));
}

/** The step of all replicas, each with its features; null for none. Disposes the features. */
async function takeStep(
  replicas: readonly Replica[],
  parts: readonly (Features | null)[],
  step: number,
  lr = LR,
) {
  const reports = await Promise.allSettled(
    replicas.map(({ model, optimizer, train, communicator }, rank) => {
      const context = stepContext(train, step, rank);
      const features = parts[rank] ?? undefined;
      return trainStep(model, optimizer, features, context, lr, train.lossWeight, communicator);
    }),
  );
  for (const features of parts) if (features) tf.dispose(features);
  return reports.map((report) => {
    if (report.status === 'rejected') throw report.reason;
    return report.value;
  });
}

/** The features of these pictures for a replica; null for none. */
const featuresOf = ({ model }: Replica, indices: readonly number[]): Features | null =>
  indices.length > 0 ? picturesOf(model, indices) : null;

const takeStepOn = (
  replicas: readonly Replica[],
  parts: readonly (readonly number[])[],
  step: number,
  lr = LR,
) =>
  takeStep(
    replicas,
    parts.map((part, rank) => featuresOf(replicas[rank]!, part)),
    step,
    lr,
  );

/** One after the other: replicas in one thread share a backend. */
async function inTurn<T, R>(items: readonly T[], f: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await f(item));
  return results;
}

const made: { model: PyramidMamba; optimizer: Optimizer }[] = [];
const kept = <T extends { model: PyramidMamba; optimizer: Optimizer }[]>(networks: T): T => {
  made.push(...networks);
  return networks;
};
afterEach(() => {
  for (const { model, optimizer } of made.splice(0)) {
    optimizer.dispose();
    model.dispose();
  }
});

describe('replicas', () => {
  test('are bit-identical after each step, for any split, and leak no tensor', async () => {
    const replicas = kept(replicasHere(tinyNetwork(), 3));
    const before = await replicas[0]!.model.stateDict();
    const tensors = tf.memory().numTensors;
    for (const [step, parts] of [
      [[0, 1], [2], []],
      [[3], [4], [5]],
      [[0], [], [1]],
    ].entries()) {
      const reports = await takeStepOn(replicas, parts, step);
      expect(reports[1]).toEqual(reports[0]);
      expect(reports[2]).toEqual(reports[0]);
      expect(tf.memory().numTensors).toBe(tensors);
    }
    const [first, ...others] = await inTurn(replicas, fingerprintOf);
    for (const other of others) expect(other).toBe(first);
    expect(largestDifference(before, await replicas[0]!.model.stateDict())).toBeGreaterThan(1e-3);
  });

  test('takes the step of one replica if two have the same pictures and there is no randomness', async () => {
    const network = withoutChance();
    const [first, second] = kept(replicasHere(network)) as [Replica, Replica];
    const [single] = kept([network.create()]) as [ReturnType<typeof network.create>];
    for (let step = 0; step < 2; step++) {
      const [report, other] = await takeStepOn(
        [first, second],
        [
          [0, 1],
          [0, 1],
        ],
        step,
      );
      expect(other).toEqual(report);
      const features = picturesOf(single.model, [0, 1]);
      const context = seededTraining(network.model, network.train, step);
      const { lossWeight } = network.train;
      const expected = await trainStep(single.model, single.optimizer, features, context, LR, lossWeight);
      tf.dispose(features);
      expect(report!.loss).toBeCloseTo(expected.loss, 5);
      expect(report!.gradNorm).toBeCloseTo(expected.gradNorm, 5);
    }
    expect(await fingerprintOf(second)).toBe(await fingerprintOf(first));
    expect(largestDifference(await first.model.stateDict(), await single.model.stateDict())).toBeLessThan(
      1e-5,
    );
  });

  test('weights loss, gradient and running statistics by the pictures of each part', async () => {
    const network = withoutChance();
    // so large an epsilon makes Adam's step a smooth function of the gradient: no rounding can turn its sign
    network.train.eps = 1;
    const [first, second] = kept(replicasHere(network)) as [Replica, Replica];
    const parts = [
      [0, 1, 2],
      [3, 4],
    ];
    const [report] = await takeStepOn([first, second], parts, 0, 1);
    const { loss, state } = await averagedByHand(network, parts);
    expect(report!.loss).toBeCloseTo(loss, 5);
    expect(largestDifference(await first.model.stateDict(), state)).toBeLessThan(1e-5);
    expect(await fingerprintOf(second)).toBe(await fingerprintOf(first));
  });

  test('draws different noise than the other replicas', async () => {
    const replicas = kept(replicasHere(tinyNetwork())) as [Replica, Replica];
    const losses = await inTurn(
      [
        [[0], []],
        [[], [0]],
      ],
      async (parts) => {
        const [report] = await takeStepOn(replicas, parts, 0, 0);
        return report!.loss;
      },
    );
    expect(losses[0]).not.toBe(losses[1]);
  });

  test('rejects a part of NaN in all replicas, which are unchanged and continue', async () => {
    const replicas = kept(replicasHere(tinyNetwork())) as [Replica, Replica];
    const [first, second] = replicas;
    await takeStepOn(replicas, [[0], [1]], 0);
    const before = await inTurn(replicas, fingerprintOf);
    const tensors = tf.memory().numTensors;

    const invalid = tf.tidy(() => picturesOf(second.model, [1]).map((level) => tf.mul(level, NaN)));
    const features = [featuresOf(first, [0]), invalid as Features];
    await expect(takeStep(replicas, features, 1)).rejects.toThrow(NumericError);
    expect(await inTurn(replicas, fingerprintOf)).toEqual(before);

    for (const { loss } of await takeStepOn(replicas, [[0], [1]], 1)) expect(loss).toBeGreaterThan(0);
    expect(await fingerprintOf(second)).toBe(await fingerprintOf(first));
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

function withoutChance() {
  const network = tinyNetwork({ noise: false });
  network.model.decoder.dropPath = 0;
  return network;
}

/** One step of a network of its own, from the means of the shares' losses, gradients and statistics computed with tfjs. */
async function averagedByHand(network: ReturnType<typeof tinyNetwork>, parts: number[][]) {
  const pictures = parts.flat().length;
  const means = new Map<string, Float64Array>();
  const add = async (name: string, tensor: tf.Tensor, weight: number) => {
    const sum = means.get(name) ?? new Float64Array(tensor.size);
    (await tensor.data<'float32'>()).forEach((value, i) => (sum[i]! += weight * value));
    means.set(name, sum);
  };
  const mean = (name: string, like: tf.Tensor) => tf.tensor(Float32Array.from(means.get(name)!), like.shape);
  let loss = 0;
  for (const part of parts) {
    const [{ model }] = kept([network.create()]) as [ReturnType<typeof network.create>];
    const features = picturesOf(model, part);
    const context = seededTraining(network.model, network.train, 0);
    const share = lossAndGradients(model, features, context, network.train.lossWeight);
    loss += ((await share.loss.data())[0]! * part.length) / pictures;
    for (const [name, grad] of share.grads) await add(name, grad, part.length / pictures);
    for (const [name, buffer] of model.buffers()) await add(name, buffer, part.length / pictures);
    tf.dispose([features, share.loss, ...share.grads.values()]);
  }
  const [{ model, optimizer }] = kept([network.create()]) as [ReturnType<typeof network.create>];
  const grads = new Map([...model.trainable()].map(([name, v]) => [name, mean(name, v)]));
  await optimizer.step(grads, 1);
  tf.dispose([...grads.values()]);
  tf.tidy(() => {
    for (const [name, buffer] of model.buffers()) buffer.assign(mean(name, buffer));
  });
  return { loss, state: await model.stateDict() };
}

/** The tiny network with four pictures in a cache, as `Replicas.start` takes it. */
async function threads(network: ReturnType<typeof tinyNetwork>) {
  const [{ model, optimizer }] = kept([network.create()]) as [ReturnType<typeof network.create>];
  const cache = new FeatureCache(temporaryFolder(), lengthOf(model));
  const hashes = ['a', 'b', 'c', 'd'];
  for (const [i, hash] of hashes.entries()) await cache.write(hash, halvesOf(model, i));
  const features: FeatureStore = {
    count: hashes.length,
    shapes: shapesOf(model),
    cache,
    hashes,
    batch: (indices) => Promise.resolve(picturesOf(model, indices)),
    halves: (indices) => Promise.resolve(indices.map((index) => halvesOf(model, index))),
    pictures: () => Promise.reject(new Error('no pictures')),
    sizes: () => Promise.reject(new Error('the network reads no sizes')),
  };
  const train: TrainConfig = network.train;
  const options: ReplicasOptions = {
    count: 2,
    backend: 'wasm',
    model: network.model,
    train,
    encoder: model.encoder.weights,
    checkpoint: null,
    cacheFolder: cache.folder,
    featureLength: cache.length,
    shapes: features.shapes,
    hashes,
  };
  return { model, optimizer, features, cache, options };
}

describe('Replicas', () => {
  test('train in threads like in one, and report a missing picture of a thread', async () => {
    const network = tinyNetwork();
    const { model, optimizer, features, cache, options } = await threads(network);
    const here = kept(replicasHere(network)) as [Replica, Replica];
    const replicas = await Replicas.start(model, optimizer, features, options);
    try {
      // the last batch leaves the thread without a picture
      for (const [step, batch] of [[2, 0, 1], [3, 1], [0]].entries()) {
        const [expected] = await takeStepOn(here, shares(batch, 2), step);
        expect(await replicas.step(batch, step, LR)).toEqual(expected);
      }
      expect(await fingerprintOf({ model, optimizer })).toBe(await fingerprintOf(here[0]));

      rmSync(cache.path('d'));
      const failed = replicas.step([0, 3], 3, LR);
      await expect(failed).rejects.toThrow(UserError);
      await expect(failed).rejects.toThrow(/d\.f16 went missing or was damaged.*--resume$/);
      // once failed, always failed: no call waits forever
      await expect(replicas.step([0, 1], 4, LR)).rejects.toThrow(UserError);
    } finally {
      await replicas.stop();
    }
  });

  test('do not start if a thread cannot', async () => {
    const { model, optimizer, features, options } = await threads(tinyNetwork());
    const started = Replicas.start(model, optimizer, features, { ...options, backend: 'tpu' });
    await expect(started).rejects.toThrow(UserError);
    await expect(started).rejects.toThrow(/unknown backend "tpu"/);
  });
});

describe('train --workers 2', () => {
  test('gives the same bytes again, also when stopped and resumed, and resumes only with the same number of workers', async () => {
    const home = temporaryFolder();
    await tinyDataset(join(home, 'data'));
    tinyEncoder(join(home, 'encoder'));
    const train = async (out: string, more = '') => {
      const io = recordingIo();
      const code = await main(
        // three pictures per batch: parts of two and one
        words(
          `train --data ${home}/data --out ${home}/${out} --encoder ${home}/encoder --cache ${home}/cache --backend wasm ` +
            `--input-size 64 --batch-size 3 --epochs 2 --workers 2 ${SMALL_NETWORK}${more}`,
        ),
        io,
      );
      return { code, err: io.stderr };
    };
    const model = (out: string) => readFileSync(join(home, out, 'model.safetensors'));
    const done = { code: 0, err: '' };
    expect(await train('whole')).toEqual(done);
    expect(await train('again')).toEqual(done);
    expect(model('again').equals(model('whole'))).toBe(true);

    expect(await train('parts', ' --max-steps 3')).toEqual(done);
    const stopped = model('parts');
    const refused = await train('parts', ' --resume --workers 1');
    expect(refused.err).toMatch(
      /^error: --resume: .*differ: the number of workers \(workers: 2 -> 1\);.*\n$/,
    );
    expect(refused.code).toBe(2);
    expect(model('parts').equals(stopped)).toBe(true);

    expect(await train('parts', ' --resume')).toEqual(done);
    expect(model('parts').equals(model('whole'))).toBe(true);
    const config = JSON.parse(readFileSync(join(home, 'whole', 'config.json'), 'utf8')) as object;
    expect(config).toMatchObject({ workers: 2 });
  });
});
