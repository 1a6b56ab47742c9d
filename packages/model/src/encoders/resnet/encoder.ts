import * as tf from '@tensorflow/tfjs-core';
import { torchPad } from '../../nn/conv.js';
import { fromTorch } from '../../nn/params.js';
import { coarsestMean } from '../prototype.js';
import type { Encoder, EncoderWeights, Features, Preprocessing } from '../types.js';
import {
  resnetContract,
  resnetConvs,
  resnetLayers,
  resnetStem,
  type ResnetBlock,
  type ResnetConv,
} from './architecture.js';
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
      let x = this.conv(resnetStem(this.config), images, true);
      x = tf.maxPool(x, 3, 2, torchPad(3));
      return resnetLayers(this.config).map((blocks) => {
        for (const block of blocks) x = this.block(block, x);
        return x;
      });
    });
  }

  /** The mean over the map of the coarsest features. */
  prototype(features: Features): Promise<Float32Array[]> {
    return coarsestMean(features);
  }

  private block({ convs, shortcut }: ResnetBlock, x: tf.Tensor4D): tf.Tensor4D {
    const y = convs.reduce((z, conv, i) => this.conv(conv, z, i < convs.length - 1), x);
    return tf.relu(tf.add(y, shortcut ? this.conv(shortcut, x, false) : x));
  }

  private conv({ name, stride: strides }: ResnetConv, x: tf.Tensor4D, relu: boolean): tf.Tensor4D {
    const { weight, bias } = this.convs.get(name)!;
    const pad = torchPad(weight.shape[0]);
    return tf.fused.conv2d({ x, filter: weight, strides, pad, bias, activation: relu ? 'relu' : 'linear' });
  }

  dispose(): void {
    for (const { weight, bias } of this.convs.values()) tf.dispose([weight, bias]);
    this.convs.clear();
  }
}
