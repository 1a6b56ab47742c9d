import * as tf from '@tensorflow/tfjs-core';
import { featureShapes, freshState, stepper, trainLoop, type Features } from '@pyramid-mamba/model';
import { seededRandom, trainingOrder } from '@pyramid-mamba/data';
import { describe, expect, test } from 'vitest';
import { pickBackend, type BackendName } from '../src/backend.js';
import { loadCheckpoint, saveCheckpoint } from '../src/training/checkpoint.js';
import type { FeatureStore } from '../src/training/features.js';
import { join } from 'node:path';
import { fingerprintOf, temporaryFolder, tinyNetwork } from './kit.js';

/** A tiny network with random features. */
function tinyTraining(count: number) {
  const { train, create } = tinyNetwork({ epochs: 3 });
  const { model, optimizer } = create();
  const shapes = featureShapes(model.encoder, 32);
  const values = shapes.map(([h, w, c], level) => {
    const random = seededRandom('features', level);
    return Float32Array.from({ length: count * h * w * c }, random);
  });
  const features: Pick<FeatureStore, 'batch'> = {
    async batch(indices) {
      return shapes.map(([h, w, c], level) =>
        tf.tidy(() => tf.gather(tf.tensor4d(values[level]!, [count, h, w, c]), [...indices])),
      ) as Features;
    },
  };
  return {
    train,
    count,
    order: trainingOrder(count, train.batchSize, train.seed),
    model,
    optimizer,
    step: stepper(model, optimizer, train, features),
  };
}

describe.each<BackendName>(['wasm', 'cpu'])('trainLoop on %s', (backend) => {
  test('leaks no tensors or bytes over steps and epochs', async () => {
    await pickBackend(backend);
    const { model, optimizer, ...training } = tinyTraining(5);
    const seen: number[][] = [];
    await trainLoop({
      ...training,
      state: freshState(),
      async onCheckpoint() {
        const { numTensors, numBytes } = tf.memory();
        seen.push([numTensors, numBytes]);
      },
    });
    expect(seen).toHaveLength(3);
    expect(seen[1]).toEqual(seen[0]);
    expect(seen[2]).toEqual(seen[0]);
    optimizer.dispose();
    model.dispose();
  });

  test('continues from a checkpoint as if never stopped', async () => {
    await pickBackend(backend);
    const path = join(temporaryFolder(), 'last.safetensors');
    const whole = tinyTraining(4);
    const state = freshState();
    await trainLoop({
      ...whole,
      state,
      async onCheckpoint(record) {
        if (record?.epoch === 1) await saveCheckpoint(path, whole.model, whole.optimizer, state);
      },
    });

    const resumed = tinyTraining(4);
    const from = await loadCheckpoint(path, resumed.model, resumed.optimizer);
    expect(from).toMatchObject({ step: 2, epoch: 1, partial: { steps: 0 } });
    await trainLoop({ ...resumed, state: from, onCheckpoint: () => Promise.resolve() });

    expect(from.step).toBe(6);
    expect(await fingerprintOf(resumed)).toBe(await fingerprintOf(whole));
    expect(from.history.map(({ loss }) => loss)).toEqual(state.history.map(({ loss }) => loss));
    for (const { model, optimizer } of [whole, resumed]) {
      optimizer.dispose();
      model.dispose();
    }
  });

  test('stops at maxSteps within an epoch, and continues from there to the same weights', async () => {
    await pickBackend(backend);
    const path = join(temporaryFolder(), 'last.safetensors');
    const whole = tinyTraining(4);
    await trainLoop({ ...whole, state: freshState(), onCheckpoint: () => Promise.resolve() });

    const halted = tinyTraining(4);
    const state = freshState();
    const records: unknown[] = [];
    await trainLoop({
      ...halted,
      state,
      stopped: () => state.step === 3,
      async onCheckpoint(record) {
        records.push(record?.epoch);
        await saveCheckpoint(path, halted.model, halted.optimizer, state);
      },
    });
    expect(records).toEqual([1, undefined]);

    const resumed = tinyTraining(4);
    const from = await loadCheckpoint(path, resumed.model, resumed.optimizer);
    expect(from).toMatchObject({ step: 3, epoch: 1, partial: { steps: 1 } });
    await trainLoop({ ...resumed, state: from, onCheckpoint: () => Promise.resolve() });
    expect(await fingerprintOf(resumed)).toBe(await fingerprintOf(whole));
    for (const { model, optimizer } of [whole, halted, resumed]) {
      optimizer.dispose();
      model.dispose();
    }
  });
});
