import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../../encoders/types.js';
import { BatchNorm } from '../../nn/batchNorm.js';
import { conv } from '../../nn/conv.js';
import { kaimingFanOut } from '../../nn/initializers.js';
import type { ParameterScope } from '../../nn/params.js';
import { layerOf, through, type Block } from './block.js';
import type { Rd4adConfig } from './config.js';

export interface OcbeOptions {
  /** Channels of the three features, fine to coarse. */
  channels: readonly [number, number, number];
  block: Rd4adConfig['block'];
  /** Residual blocks of the embedding. */
  blocks: number;
}

/**
 * One-class bottleneck embedding (paper, 3.3; the authors' BN_layer): strided convolutions bring the three features to the coarsest's
 * size; they are concatenated, and residual blocks compress them to one small map of twice its channels.
 */
export class Ocbe {
  private readonly fine1: Halving;
  private readonly fine2: Halving;
  private readonly middle: Halving;
  private readonly blocks: Block[];

  constructor(scope: ParameterScope, { channels: [c0, c1, c2], block, blocks }: OcbeOptions) {
    this.fine1 = new Halving(scope, 1, c0, c1);
    this.fine2 = new Halving(scope, 2, c1, c2);
    this.middle = new Halving(scope, 3, c1, c2);
    this.blocks = layerOf(scope.scope('bn_layer'), block, 3 * c2, 2 * c2, blocks, 2);
  }

  /** (b, h, w, c0), (b, h/2, w/2, c1), (b, h/4, w/4, c2) to (b, h/8, w/8, 2·c2). */
  apply(features: Features, training: boolean): tf.Tensor4D {
    const [f0, f1, f2] = features as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const fine = this.fine2.apply(this.fine1.apply(f0, training), training); // (b, h/4, w/4, c2)
    const middle = this.middle.apply(f1, training); // (b, h/4, w/4, c2)
    return through(this.blocks, tf.concat([fine, middle, f2], 3), training);
  }
}

/** 3×3 convolution of stride 2 without bias, BatchNorm, ReLU. */
class Halving {
  private readonly weight: tf.Variable;
  private readonly norm: BatchNorm;

  constructor(scope: ParameterScope, index: number, inputs: number, outputs: number) {
    this.weight = scope.conv(`conv${index}.weight`, [outputs, inputs, 3, 3], kaimingFanOut());
    this.norm = new BatchNorm(scope.scope(`bn${index}`), outputs);
  }

  apply(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    return tf.relu(this.norm.apply(conv(x, this.weight, 2), training));
  }
}
