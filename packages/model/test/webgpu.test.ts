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

/** A software GPU compiles the kernels of a step for most of a minute; the command line's test on WebGPU trains in any case. */
const FULL = process.env['FUZZ'] === 'full';
if (!FULL) console.warn('SKIPPED: trainings on webgpu beside those on wasm; FUZZ=full compares them.');
const STEPS = 20;
/** Side of the pictures in pixels. */
const SIDE = 64;
// Adam takes a step of this size for every gradient, even a tiny one: at a higher rate the sign of gradients that are rounding
// noise drives even the cpu and wasm backends more than 1e-3 apart on pictures of noise
const RATE = 1e-4;
const config = { ...smallConfig(), inputSize: SIDE };
const INFO: ModelInfo = {
  classes: ['thing'],
  preprocessing: { inputSize: SIDE, resize: 'bilinear-antialias', normalize: 'imagenet' },
};

interface Trained {
  losses: number[];
  bytes: Uint8Array;
  /** Tensors, buffers and bytes after each step. */
  memory: number[][];
  /** Tensors that are left when all is disposed. */
  left: number;
}

/** Some steps on two pictures on the current backend, and the resulting model. */
async function trained(backend: string, steps: number): Promise<Trained> {
  await use('wasm');
  const weights = await encoderWeights(config);
  await tf.setBackend(backend);
  const before = tf.memory().numTensors;
  const model = PyramidMamba.create(config, weights, { seed: 7, random: 2 });
  const optimizer = new Optimizer(model.trainable(), trainConfig());
  const images = randomTensor<tf.Tensor4D>('pictures', [2, SIDE, SIDE, 3]);
  const features: Features = model.encode(images);
  const losses: number[] = [];
  const memory: number[][] = [];
  for (let step = 0; step < steps; step++) {
    const context = seededTraining(config, { seed: 1, random: 2 }, step);
    losses.push((await trainStep(model, optimizer, features, context, RATE, 5)).loss);
    const { numTensors, numDataBuffers, numBytes } = tf.memory();
    memory.push([numTensors, numDataBuffers, numBytes]);
  }
  const bytes = await saveModel(model, INFO);
  tf.dispose([images, features]);
  optimizer.dispose();
  model.dispose();
  return { losses, bytes, memory, left: tf.memory().numTensors - before };
}

async function mapsOn(backend: string, bytes: Uint8Array): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const { model } = loadModel(bytes, 'model');
  const images = randomTensor<tf.Tensor4D>('others', [2, SIDE, SIDE, 3]);
  const { maps } = await detect(model, images);
  images.dispose();
  model.dispose();
  return maps;
}

describe.skipIf(reason !== undefined || !FULL)('the model on webgpu', () => {
  let training: Promise<Trained> | undefined;
  const onGpu = () => (training ??= trained('webgpu', STEPS));

  test(`trains to the losses of wasm within 1e-3 over ${STEPS} steps, and either's model gives the same maps on both`, async () => {
    const wasm = await trained('wasm', STEPS);
    const webgpu = await onGpu();
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
    const { memory, left } = await onGpu();
    expect(memory.at(-1)).toEqual(memory[1]);
    expect(left).toBe(0);
  }, 300_000);
});
