import * as tf from '@tensorflow/tfjs-core';
import type { EncoderConfig } from '../../config.js';
import { torchPad } from '../../nn/conv.js';
import { fromTorch } from '../../nn/params.js';
import { BLOCKS, encoderChannels, encoderConvs, type EncoderWeights } from './weights.js';

/** Three feature maps, fine to coarse, NHWC: (b, h/4, w/4, c), (b, h/8, w/8, 2c), (b, h/16, w/16, 4c). */
export type Features = [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];

interface Conv {
  readonly weight: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
}

/** The frozen ResNet (paper III): stem and layer1–3, BatchNorm folded. The decoder reconstructs features of its channels and strides. */
export class Encoder {
  readonly channels: [number, number, number];
  readonly strides = [4, 8, 16] as const;
  private readonly convs = new Map<string, Conv>();

  constructor(
    readonly config: EncoderConfig,
    /** Host copy, for the model file. */
    readonly weights: EncoderWeights,
  ) {
    this.channels = encoderChannels(config);
    for (const { name } of encoderConvs(config)) {
      const weight = weights.get(`${name}.weight`);
      const bias = weights.get(`${name}.bias`);
      if (!weight || !bias)
        throw new Error(`encoder: the weights of ${name} are missing; create them with encoderWeightsFrom.`);
      this.convs.set(name, {
        weight: tf.keep(tf.tidy(() => fromTorch(weight.data, weight.shape, 'conv'))) as tf.Tensor4D,
        bias: tf.keep(tf.tensor1d(bias.data)),
      });
    }
  }

  /**
   * @param images ImageNet-normalised RGB, (b, h, w, 3), sides multiples of 16
   * @returns features without gradient, the caller's to dispose
   */
  encode(images: tf.Tensor4D): Features {
    return tf.tidy(() => {
      let x = this.conv('conv1', images, 2, true);
      x = tf.maxPool(x, 3, 2, torchPad(3));
      const features = BLOCKS[this.config.arch].map((blocks, layer) => {
        for (let i = 0; i < blocks; i++)
          x = this.block(`layer${layer + 1}.${i}`, x, i === 0 && layer > 0 ? 2 : 1);
        return x;
      });
      return features as Features;
    });
  }

  private block(name: string, x: tf.Tensor4D, stride: number): tf.Tensor4D {
    const y = this.conv(`${name}.conv2`, this.conv(`${name}.conv1`, x, stride, true), 1, false);
    const shortcut = this.convs.has(`${name}.downsample.0`)
      ? this.conv(`${name}.downsample.0`, x, stride, false)
      : x;
    return tf.relu(tf.add(y, shortcut));
  }

  private conv(name: string, x: tf.Tensor4D, strides: number, relu: boolean): tf.Tensor4D {
    const { weight, bias } = this.convs.get(name)!;
    const pad = torchPad(weight.shape[0]);
    return tf.fused.conv2d({ x, filter: weight, strides, pad, bias, activation: relu ? 'relu' : 'linear' });
  }

  dispose(): void {
    for (const { weight, bias } of this.convs.values()) tf.dispose([weight, bias]);
    this.convs.clear();
  }
}
