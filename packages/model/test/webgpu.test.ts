// The same model on a GPU: a model trained on one backend works on the other.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { startForTests, gpuBackend } from '../../ssm-kernels/test/webgpuKit.js';
import {
  loadModel,
  Optimizer,
  PyramidMamba,
  saveModel,
  seededTraining,
  trainStep,
  type Features,
  type ModelInfo,
} from '../src/index.js';
import { detect, encoderWeights, randomTensor, smallConfig, trainConfig, use } from './kit.js';

const reason = await startForTests();
if (reason !== undefined) console.warn(`SKIPPED: tests of the model on WebGPU. ${reason}`);

/** SwiftShader takes seconds per step: FUZZ=full makes all of them. */
const STEPS = process.env['FUZZ'] === 'full' ? 20 : 8;
// Adam takes a step of this size for every gradient, even a tiny one: at a higher rate the sign of gradients that are rounding
// noise drives even the cpu and wasm backends more than 1e-3 apart on pictures of noise
const RATE = 1e-4;
const config = smallConfig();
const INFO: ModelInfo = {
  classes: ['thing'],
  preprocessing: { inputSize: 64, resize: 'bilinear-antialias', normalize: 'imagenet' },
};

/** Losses of some steps on two pictures on the current backend, and the resulting model. */
async function trained(backend: string, steps: number): Promise<{ losses: number[]; bytes: Uint8Array }> {
  await use('wasm');
  const weights = await encoderWeights(config);
  await tf.setBackend(backend);
  const model = PyramidMamba.create(config, weights, { seed: 7, random: 2 });
  const optimizer = new Optimizer(model.trainable(), trainConfig());
  const images = randomTensor<tf.Tensor4D>('pictures', [2, 64, 64, 3]);
  const features: Features = model.encode(images);
  const losses: number[] = [];
  for (let step = 0; step < steps; step++) {
    const context = seededTraining(config, { seed: 1, random: 2 }, step);
    losses.push((await trainStep(model, optimizer, features, context, RATE, 5)).loss);
  }
  const bytes = await saveModel(model, INFO);
  tf.dispose([images, features]);
  optimizer.dispose();
  model.dispose();
  return { losses, bytes };
}

async function mapsOn(backend: string, bytes: Uint8Array): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const { model } = loadModel(bytes, 'model');
  const images = randomTensor<tf.Tensor4D>('others', [2, 64, 64, 3]);
  const { maps } = await detect(model, images);
  images.dispose();
  model.dispose();
  return maps;
}

describe.skipIf(reason !== undefined)('the model on webgpu', () => {
  test(`trains to the losses of wasm within 1e-3 over ${STEPS} steps, and either's model gives the same maps on both`, async () => {
    const wasm = await trained('wasm', STEPS);
    const webgpu = await trained('webgpu', STEPS);
    const errors = webgpu.losses.map((loss, i) => Math.abs(loss / wasm.losses[i]! - 1));
    expect(Math.max(...errors)).toBeLessThan(1e-3);
    for (const { bytes } of [wasm, webgpu]) {
      const [here, there] = [await mapsOn('wasm', bytes), await mapsOn('webgpu', bytes)];
      here.forEach((map, i) =>
        map.forEach((value, at) => expect(Math.abs(value - there[i]![at]!)).toBeLessThan(1e-4)),
      );
    }
    await gpuBackend().throwErrors();
  }, 900_000);

  test('leaks no tensors or bytes over steps', async () => {
    await use('wasm');
    const weights = await encoderWeights(config);
    await tf.setBackend('webgpu');
    const before = tf.memory().numTensors;
    const model = PyramidMamba.create(config, weights, { seed: 7, random: 2 });
    const optimizer = new Optimizer(model.trainable(), trainConfig());
    const images = randomTensor<tf.Tensor4D>('pictures', [1, 64, 64, 3]);
    const features = model.encode(images);
    const seen: number[][] = [];
    for (let step = 0; step < 4; step++) {
      await trainStep(
        model,
        optimizer,
        features,
        seededTraining(config, { seed: 1, random: 2 }, step),
        RATE,
        5,
      );
      const { numTensors, numDataBuffers, numBytes } = tf.memory();
      seen.push([numTensors, numDataBuffers, numBytes]);
    }
    expect(seen[3]).toEqual(seen[1]);
    tf.dispose([images, features]);
    optimizer.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  }, 300_000);
});
