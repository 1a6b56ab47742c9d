import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  createEncoder,
  encoderWeightsFrom,
  FormatError,
  inferEncoder,
  Optimizer,
  PyramidMamba,
  seededEncoderWeights,
  stepContext,
  trainStep,
  type HostTensor,
} from '../../src/index.js';
import { resnetConvs } from '../../src/encoders/resnet/architecture.js';
import type { ResnetConfig } from '../../src/encoders/resnet/config.js';
import { hostTensor, hostTensors, numbers, randomTensor, smallConfig, trainConfig, use } from '../kit.js';

const CONFIGS: readonly ResnetConfig[] = [
  { arch: 'resnet50', width: 4 },
  { arch: 'wide_resnet50_2', width: 4 },
];
const seed = { seed: 1, random: 2 } as const;

/** A checkpoint as torchvision saves it: convolutions without bias, each with its BatchNorm. */
function checkpoint(config: ResnetConfig): Map<string, HostTensor> {
  const tensors = new Map<string, HostTensor>();
  for (const { name, norm, shape } of resnetConvs(config)) {
    const [out, inputs, h, w] = shape;
    const scale = Math.sqrt(3 / (inputs * h * w));
    tensors.set(
      `${name}.weight`,
      hostTensor(
        shape,
        numbers(name, out * inputs * h * w).map((x) => x * scale),
      ),
    );
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) {
      const positive = part === 'weight' || part === 'running_var';
      const values = numbers(`${norm}.${part}`, out).map((x) => (positive ? 1 + x / 2 : x / 5));
      tensors.set(`${norm}.${part}`, hostTensor([out], values));
    }
  }
  return tensors;
}

beforeAll(() => use('wasm'));

describe.each(CONFIGS)('$arch', (config) => {
  test('has features of four times the planes at strides 4, 8 and 16', async () => {
    const encoder = createEncoder(config, await seededEncoderWeights(config, seed));
    expect(encoder.channels).toEqual([16, 32, 64]);
    const features = encoder.encode(randomTensor('pictures', [2, 64, 32, 3]));
    expect(features.map(({ shape }) => shape)).toEqual([
      [2, 16, 8, 16],
      [2, 8, 4, 32],
      [2, 4, 2, 64],
    ]);
    tf.dispose(features);
    encoder.dispose();
  });

  test('is recognised in a checkpoint, with any width, folded or not', () => {
    const tensors = checkpoint(config);
    expect(inferEncoder(tensors)).toEqual(config);
    const folded = encoderWeightsFrom(tensors, config, 'file');
    expect(inferEncoder(hostTensors(folded))).toEqual(config);
    expect([...encoderWeightsFrom(hostTensors(folded), config, 'again')]).toEqual([...folded]);
  });

  test('has active, bounded channels at every level with seeded weights', async () => {
    const wide = { ...config, width: 16 };
    const encoder = createEncoder(wide, await seededEncoderWeights(wide, seed));
    const noise = randomTensor<tf.Tensor4D>('noise', [2, 64, 64, 3]);
    for (const [level, f] of encoder.encode(tf.image.resizeBilinear(noise, [128, 128])).entries()) {
      const { mean, variance } = tf.moments(f, [0, 1, 2]);
      const variances = Array.from(variance.dataSync());
      expect(Math.min(...variances), `level ${level}: smallest variance of a channel`).toBeGreaterThan(1e-3);
      expect(Math.max(...variances), `level ${level}: largest variance of a channel`).toBeLessThan(100);
      expect(Math.max(...mean.dataSync()), `level ${level}: largest mean`).toBeLessThan(30);
    }
    encoder.dispose();
  });

  test('with weights so large that sums overflow is refused with the name', () => {
    for (const name of ['conv1', 'layer2.1.conv3', 'layer3.0.downsample.0']) {
      const tensors = checkpoint(config);
      const { data } = tensors.get(`${name}.weight`)!;
      (data as Float32Array).fill(1e25);
      expect(() => encoderWeightsFrom(tensors, config, 'w')).toThrow(
        new RegExp(`w: .*${name.replaceAll('.', '\\.')}.*overflow.*damaged`),
      );
    }
  });

  test('trains Pyramid-Mamba: the decoder has its channels', async () => {
    const small = { ...smallConfig(), encoder: { ...config, width: 2 } };
    const weights = await seededEncoderWeights(small.encoder, seed);
    const model = PyramidMamba.create(small, weights, seed);
    const optimizer = new Optimizer(model.trainable(), trainConfig());
    const images = randomTensor<tf.Tensor4D>('pictures', [2, 64, 64, 3]);
    const features = model.encode(images);
    const rebuilt = model.reconstruct(features);
    expect(rebuilt.map(({ shape }) => shape)).toEqual(features.map(({ shape }) => shape));
    const losses: number[] = [];
    for (let step = 0; step < 8; step++)
      losses.push((await trainStep(model, optimizer, features, stepContext(seed, step), 5e-3, 1)).loss);
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    tf.dispose([images, features, rebuilt]);
    optimizer.dispose();
    model.dispose();
  });
});

test('networks with other bottleneck blocks are refused with what was found', () => {
  const deeper = checkpoint(CONFIGS[0]!).set('layer3.6.conv1.weight', hostTensor([1], new Float32Array(1)));
  const grouped = checkpoint(CONFIGS[0]!).set(
    'layer1.0.conv2.weight',
    hostTensor([8, 1, 3, 3], new Float32Array(72)),
  );
  const shallow = checkpoint(CONFIGS[0]!);
  shallow.delete('layer3.5.conv1.weight');
  for (const tensors of [deeper, grouped, shallow]) {
    expect(() => inferEncoder(tensors, 'w.pth')).toThrow(FormatError);
    expect(() => inferEncoder(tensors, 'w.pth')).toThrow(
      /^w\.pth: .*neither a ResNet50 nor a Wide-ResNet50-2/,
    );
  }
});
