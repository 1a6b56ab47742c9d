import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import {
  FormatError,
  freshState,
  NumericError,
  Optimizer,
  PyramidMamba,
  readCheckpoint,
  readSafetensors,
  Speed,
  trainLoop,
  trainStep,
  writeCheckpoint,
  writeSafetensors,
  type TrainingState,
} from '../../src/index.js';
import { copies, encoderWeights, randomFeatures, smallConfig, trainConfig, use } from '../kit.js';

const train = { ...trainConfig(), epochs: 6, batchSize: 1 };

/** Two steps an epoch, whose losses are given. */
function run(losses: readonly number[], change: Partial<Parameters<typeof trainLoop>[0]> = {}) {
  const state = freshState();
  return {
    state,
    done: trainLoop({
      train,
      count: 2,
      order: () => [[0], [1]],
      step: (_, step) => Promise.resolve({ loss: losses[step]!, gradNorm: 1 }),
      state,
      onCheckpoint: () => Promise.resolve(),
      ...change,
    }),
  };
}

describe('the training loop', () => {
  test('goes on where the loss falls, rises for a while, or begins low', async () => {
    for (const losses of [
      [100, 90, 80, 70, 60, 50, 40, 30, 20, 10, 5, 1],
      [100, 90, 8, 7, 300, 200, 4, 3, 2, 1, 1, 1],
    ])
      await expect(run(losses).done).resolves.toBeUndefined();
  });

  test.each<[string, number[], RegExp, number]>([
    ['at once', [100, 7e15], /diverged: the loss rose from 100 to 7\.00e\+15; lower the learning rate/, 1],
    ['in a later epoch', [100, 100, 90, 80, 2e4], /rose from 100 to 2\.00e\+4/, 4],
    ['slowly', [100, 100, 90, 80, 1500, 1600], /rose from 100 to 1\.55e\+3/, 6],
  ])('ends with a sentence where the loss rises beyond return %s', async (_, losses, sentence, steps) => {
    const { state, done } = run(losses);
    await expect(done).rejects.toThrow(NumericError);
    await expect(done).rejects.toThrow(sentence);
    expect(state.step).toBe(steps);
  });

  test('ends with an error where an epoch has no batch, or fewer than the state has made', async () => {
    await expect(run([], { order: () => [] }).done).rejects.toThrow(/epoch 1 has no batches/);
    const state: TrainingState = { ...freshState(), step: 3 };
    state.partial.steps = 3;
    await expect(run([], { state }).done).rejects.toThrow(FormatError);
  });

  test('says a finite speed where no time has passed', async () => {
    const { state, done } = run([5, 4, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3], { now: () => 7 });
    await done;
    expect(state.history.map(({ imagesPerSecond }) => imagesPerSecond)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});

describe('the speed', () => {
  test('is finite where no time has passed, as if a millisecond had', () => {
    const clock = performance.now;
    try {
      performance.now = () => 1000;
      const speed = new Speed();
      expect(speed.after(8)).toBe(8000);
      expect(speed.after(8)).toBe(16000);
      performance.now = () => 3000;
      expect(speed.after(8)).toBe(12);
    } finally {
      performance.now = clock;
    }
  });
});

describe('a step whose forward pass throws', () => {
  test('leaves no tensor behind and the running statistics as they were', async () => {
    await use('wasm');
    const config = smallConfig();
    const model = PyramidMamba.create(config, await encoderWeights(config), { seed: 1, random: 2 });
    const optimizer = new Optimizer(model.trainable(), train);
    const features = await randomFeatures(config, 1);
    const { numTensors } = tf.memory();
    const before = copies(model.buffers());
    const failing = {
      noise: () => {
        throw new Error('the device is gone');
      },
      dropPathKeep: (batch: number) => tf.ones<tf.Rank.R1>([batch]),
      dropout: (shape: number[]) => tf.ones(shape),
    };
    await expect(trainStep(model, optimizer, features, failing, 1e-3, 1)).rejects.toThrow('device is gone');
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(copies(model.buffers())).toEqual(before);
  });
});

describe('a checkpoint', () => {
  test('whose state is not what the loop writes is refused before a number is changed', async () => {
    await use('cpu');
    const config = smallConfig();
    const model = PyramidMamba.create(config, await encoderWeights(config), { seed: 1, random: 2 });
    const optimizer = new Optimizer(model.trainable(), train);
    const record = {
      epoch: 1,
      step: 2,
      steps: 2,
      loss: 1,
      gradNorm: 1,
      lr: 1,
      seconds: 0,
      imagesPerSecond: 1,
    };
    const state: TrainingState = { ...freshState(), step: 2, epoch: 1, history: [record] };
    const whole = await writeCheckpoint(model, optimizer, state);
    const other = PyramidMamba.create(config, await encoderWeights(config), { seed: 2, random: 2 });
    const before = copies(other.trainable());
    const read = (text: string) => {
      const { tensors, metadata } = readSafetensors(whole, 'c');
      const bytes = writeSafetensors(tensors, { ...metadata, state: text });
      return () => readCheckpoint(bytes, 'last.safetensors', other, optimizer);
    };
    const damaged: [string, RegExp][] = [
      ['{', /is not JSON/],
      ['null', /last\.safetensors: training state: /],
      ['[]', /training state: /],
      [JSON.stringify({ ...state, step: -1 }), /training state: step/],
      [JSON.stringify({ ...state, step: 2.5 }), /training state: step/],
      [JSON.stringify({ ...state, step: 1e300 }), /training state: /],
      [JSON.stringify({ ...state, step: 7 }), /steps recorded are not the steps made/],
      [JSON.stringify({ ...state, epoch: 3 }), /epochs recorded are not the epochs made/],
      [JSON.stringify({ ...state, partial: { ...state.partial, steps: '1' } }), /partial\.steps/],
      [JSON.stringify({ ...state, history: [{ ...record, loss: null }] }), /history\.0\.loss/],
      [JSON.stringify({ ...state, history: {} }), /history/],
      [JSON.stringify({ ...state, x: 1 }), /training state: /],
    ];
    for (const [text, sentence] of damaged) {
      expect(read(text), text).toThrow(FormatError);
      expect(read(text), text).toThrow(sentence);
    }
    expect(copies(other.trainable())).toEqual(before);
    // written before speeds were always finite
    const old = { ...state, history: [{ ...record, imagesPerSecond: null }] };
    expect(read(JSON.stringify(old))().history[0]!.imagesPerSecond).toBe(0);
    expect(read(JSON.stringify(state))()).toEqual(state);
  });
});
