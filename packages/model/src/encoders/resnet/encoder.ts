import * as tf from '@tensorflow/tfjs-core';
import { torchPad } from '../../nn/conv.js';
import { fromTorch } from '../../nn/params.js';
import { coarsestMean } from '../prototype.js';
import type { Encoder, EncoderWeights, Features, Preprocessing } from '../types.js';
import { BLOCKS, resnetContract, resnetConvs } from './architecture.js';
import type { ResnetConfig } from './config.js';

interface Conv {
  readonly weight: tf.Tensor4D;
  readonly bias: tf.Tensor1D;
}

/** The frozen ResNet (paper III): stem and layer1–3, BatchNorm folded. The decoder reconstructs features of its channels and strides. */
export class ResnetEncoder implements Encoder<ResnetConfig> {
  readonly family = 'resnet';
  readonly id: string;
  readonly channels: readonly number[];
  readonly strides: readonly number[];
  readonly inputMultiple: number;
  readonly preprocessing: Preprocessing;
  private readonly convs = new Map<string, Conv>();

  constructor(
    readonly config: ResnetConfig,
    /** Host copy, for the model file. */
    readonly weights: EncoderWeights,
  ) {
    const { id, channels, strides, inputMultiple, preprocessing } = resnetContract(config);
    this.id = id;
    this.channels = channels;
    this.strides = strides;
    this.inputMultiple = inputMultiple;
    this.preprocessing = preprocessing;
    for (const { name } of resnetConvs(config)) {
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
      return features;
    });
  }

  /** The mean over the map of the coarsest features, 4·width values. */
  prototype(features: Features): Promise<Float32Array[]> {
    return coarsestMean(features);
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
