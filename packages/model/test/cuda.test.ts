// The same model on the emulated GPU: CUDA trains like WebAssembly, and leaks no memory over steps.
import * as tf from '@tensorflow/tfjs-core';
import { startCuda } from '@pyramid-mamba/ssm-kernels/cuda/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildEmulation } from '../../../tools/cuda/emulation/build.js';
import { Optimizer, PyramidMamba, seededTraining, trainStep } from '../src/index.js';
import { detect, encoderWeights, randomTensor, smallConfig, trainConfig, use } from './kit.js';

const emulation = buildEmulation();
const reason = 'reason' in emulation ? emulation.reason : undefined;
if (reason !== undefined) console.warn(`SKIPPED: tests of the model on the emulated GPU. ${reason}`);

const STEPS = 6;
// Adam takes a step of this size for every gradient, even a tiny one: see webgpu.test.ts
const RATE = 1e-4;
const config = smallConfig();

interface Trained {
  losses: number[];
  maps: Float32Array[];
  /** Tensors, buffers, and bytes on the device after each step. */
  held: number[][];
}

/** Some steps on two pictures on a backend, and the maps of the resulting model. */
async function trained(backend: string): Promise<Trained> {
  await use('wasm');
  const weights = await encoderWeights(config);
  await tf.setBackend(backend);
  const model = PyramidMamba.create(config, weights, { seed: 7, random: 2 });
  const optimizer = new Optimizer(model.trainable(), trainConfig());
  const images = randomTensor<tf.Tensor4D>('pictures', [2, 64, 64, 3]);
  const features = model.encode(images);
  const [losses, held]: [number[], number[][]] = [[], []];
  for (let step = 0; step < STEPS; step++) {
    const context = seededTraining(config, { seed: 1, random: 2 }, step);
    losses.push((await trainStep(model, optimizer, features, context, RATE, 5)).loss);
    const { numTensors, numDataBuffers, numBytesInGPU, numBytesInGPUFree } = tf.memory() as tf.MemoryInfo &
      Record<'numBytesInGPU' | 'numBytesInGPUFree', number>;
    held.push([
      numTensors,
      numDataBuffers,
      tf.engine().backend.numDataIds(),
      numBytesInGPU,
      numBytesInGPUFree,
    ]);
  }
  const { maps } = await detect(model, images);
  tf.dispose([images, features]);
  optimizer.dispose();
  model.dispose();
  return { losses, maps, held };
}

describe.skipIf(reason !== undefined)('the model on cuda', () => {
  beforeAll(async () => {
    const { library } = emulation as { library: string };
    await startCuda({ driver: library, compiler: library, cache: null });
  });
  afterAll(() => tf.removeBackend('cuda'));

  test(`trains to the losses of wasm within 1e-3 over ${STEPS} steps, gives the same maps, and leaks no memory`, async () => {
    const wasm = await trained('wasm');
    const cuda = await trained('cuda');
    const errors = cuda.losses.map((loss, i) => Math.abs(loss / wasm.losses[i]! - 1));
    expect(Math.max(...errors)).toBeLessThan(1e-3);
    cuda.maps.forEach((map, i) =>
      map.forEach((value, at) => expect(Math.abs(value - wasm.maps[i]![at]!)).toBeLessThan(1e-3)),
    );
    for (const held of cuda.held.slice(2)) expect(held).toEqual(cuda.held[1]);
    expect(cuda.held[1]![3]).toBeGreaterThan(0);
  }, 900_000);
});
