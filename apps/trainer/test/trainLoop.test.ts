import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '@pyramid-mamba/model';
import { seededRandom } from '@pyramid-mamba/data';
import { describe, expect, test } from 'vitest';
import { pickBackend, type BackendName } from '../src/backend.js';
import { freshState, loadCheckpoint, saveCheckpoint } from '../src/checkpoint.js';
import { featureShapes, type FeatureStore } from '../src/features.js';
import { localStepper, trainLoop } from '../src/trainLoop.js';
import { join } from 'node:path';
import { fingerprintOf, temporaryFolder, tinyNetwork } from './kit.js';

/** A tiny network with drawn-by-lot features. */
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
  return { train, count, model, optimizer, step: localStepper(model, optimizer, train, features) };
}

describe.each<BackendName>(['wasm', 'cpu'])('trainLoop on %s', (backend) => {
  test('keeps the number of tensors and bytes over steps and epochs', async () => {
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

  test('goes on from a checkpoint as if it had never stopped', async () => {
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
});
