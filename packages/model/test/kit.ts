import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import { registerCpuKernels } from '@pyramid-mamba/ssm-kernels/cpu';
import { registerWasmKernels, replaceWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import {
  anomalyMap,
  createEncoder,
  seededEncoderWeights,
  type Detector,
  type Features,
  type HostArray,
  type HostTensor,
  type ModelConfig,
  type TrainConfig,
  inputOf,
} from '../src/index.js';
import { fnv1a, mulberry32 } from '../src/random/mulberry.js';

export const BACKENDS = ['cpu', 'wasm'] as const;
export type BackendName = (typeof BACKENDS)[number];

/** Makes a backend the current one, with our kernels registered. */
export async function use(backend: BackendName): Promise<void> {
  tf.env().set('PROD', true); // the cpu backend otherwise prints an advertisement
  registerCpuKernels();
  await registerWasmKernels();
  await replaceWasmKernels();
  await tf.setBackend(backend);
  await tf.ready();
}

/** The smallest network with every part: 64 pixels, width 8, every stage with the shortest depth. */
export function smallConfig(): ModelConfig {
  return {
    inputSize: 64,
    encoder: { arch: 'resnet18', width: 8 },
    mff: { bottlenecks: 2, noiseStd: 0.05 },
    decoder: { depths: [2, 2, 3, 2], dState: 4, grids: [1, 2], pss: true, lec: true, dropPath: 0.2 },
    map: { sigma: 2 },
  };
}

export function trainConfig(): TrainConfig {
  return {
    optimizer: 'adamw',
    lr: 2e-3,
    weightDecay: 1e-4,
    betas: [0.9, 0.999],
    eps: 1e-8,
    clipNorm: 5,
    lossWeight: 5,
    epochs: 10,
    batchSize: 2,
    dropAt: 0.8,
    seed: 1,
    random: 2,
  };
}

/** Seeded values in [-1, 1). */
export function numbers(key: string, count: number): Float32Array {
  const random = mulberry32(fnv1a(`test\u0000${key}`));
  return Float32Array.from({ length: count }, () => 2 * random() - 1);
}

/** A tensor of seeded values in [-1, 1). */
export function randomTensor<T extends tf.Tensor>(key: string, shape: readonly number[]): T {
  return tf.tensor(numbers(key, tf.util.sizeFromShape([...shape])), [...shape]) as T;
}

export function hostTensor(shape: readonly number[], data: Float32Array): HostTensor {
  return { dtype: 'F32', shape: [...shape], data };
}

export function hostTensors(arrays: ReadonlyMap<string, HostArray>): Map<string, HostTensor> {
  return new Map([...arrays].map(([name, { shape, data }]) => [name, hostTensor(shape, data)]));
}

/** Encoder weights of the small network, computed on the current backend. */
export function encoderWeights(config = smallConfig()) {
  return seededEncoderWeights(config.encoder, { seed: 1, random: 2 });
}

/** Features of seeded pictures, the caller's to dispose. */
export async function randomFeatures(
  config: ModelConfig,
  batch: number,
  key = 'features',
): Promise<Features> {
  const encoder = createEncoder(config.encoder, await encoderWeights(config));
  const images = randomTensor<tf.Tensor4D>(key, [batch, inputOf(config).height, inputOf(config).width, 3]);
  const features = encoder.encode(images);
  images.dispose();
  encoder.dispose();
  return features;
}

/** max |got − want| <= tol · max |want|; NaN and infinities fail. */
export function expectClose(
  name: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tol: number,
): void {
  expect(got.length, `${name}: length`).toBe(want.length);
  let scale = 1e-12;
  for (let i = 0; i < want.length; i++) {
    if (!Number.isFinite(want[i]!) || !Number.isFinite(got[i]!))
      expect.fail(`${name}[${i}]: wanted ${want[i]}, got ${got[i]}`);
    scale = Math.max(scale, Math.abs(want[i]!));
  }
  for (let i = 0; i < want.length; i++)
    if (Math.abs(got[i]! - want[i]!) > tol * scale)
      expect.fail(
        `${name}[${i}]: wanted ${want[i]}, got ${got[i]} (largest magnitude ${scale}, tolerance ${tol})`,
      );
}

/** Maps and scores of pictures, (b, inputSize, inputSize, 3), step by step: the oracle of `judge`. */
export async function detect(
  model: Detector,
  images: tf.Tensor4D,
): Promise<{ maps: Float32Array[]; scores: number[] }> {
  const features = model.encode(images);
  const levels = await model.levels(features);
  tf.dispose(features);
  return anomalyMap(levels, images.shape[1], images.shape[2], model.config.map.sigma);
}

/** A host copy of every tensor, to detect later changes. */
export function copies(tensors: ReadonlyMap<string, tf.Tensor>): Map<string, number[]> {
  return new Map([...tensors].map(([name, tensor]) => [name, Array.from(tensor.dataSync())]));
}
