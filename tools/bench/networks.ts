// Networks of a preset's shape with seeded random weights.
import * as tf from '@tensorflow/tfjs-core';
import { encoderWeightsFrom, PyramidMamba, type HostTensor, type ModelConfig } from '@pyramid-mamba/model';

/** Seeded random weights of the preset's shape: speed does not depend on their values. */
export class RandomEncoder extends Map<string, HostTensor> {
  constructor(private readonly config: ModelConfig['encoder']) {
    super();
  }

  override has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  override get(name: string): HostTensor | undefined {
    const w = this.config.width;
    const layer = Number(/^layer(\d)/.exec(name)?.[1] ?? 1);
    const out = w * 2 ** (layer - 1);
    const first = /^layer[23]\.0\./.test(name);
    const inputs = first ? out / 2 : out;
    const shape =
      name === 'conv1.weight'
        ? [w, 3, 7, 7]
        : name.endsWith('conv1.weight')
          ? [out, inputs, 3, 3]
          : name.endsWith('conv2.weight')
            ? [out, out, 3, 3]
            : name.endsWith('downsample.0.weight')
              ? [out, inputs, 1, 1]
              : name.endsWith('.bias')
                ? [out]
                : undefined;
    if (!shape) return undefined;
    const size = shape.reduce((n, s) => n * s, 1);
    const bound = Math.sqrt(3 / (size / shape[0]!));
    const data = tf.tidy(() =>
      tf.randomUniform([size], -bound, bound, 'float32', name.length).dataSync<'float32'>().slice(),
    );
    return { dtype: 'F32', shape, data };
  }
}

/** A new model from a configuration. */
export function build(config: ModelConfig, seed: number): PyramidMamba {
  const weights = encoderWeightsFrom(new RandomEncoder(config.encoder), config.encoder, 'random weights');
  return PyramidMamba.create(config, weights, { seed, random: 2 });
}

/** ImageNet-normalised noise, (batch, size, size, 3). */
export const pictures = (batch: number, size: number, seed: number): tf.Tensor4D =>
  tf.randomNormal([batch, size, size, 3], 0, 1, 'float32', seed) as tf.Tensor4D;
