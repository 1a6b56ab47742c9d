import * as tf from '@tensorflow/tfjs-core';
import { BatchNorm } from '../../nn/batchNorm.js';
import { biasOfFanIn, kaimingFanOut } from '../../nn/initializers.js';
import { pointwise } from '../../nn/pointwise.js';
import type { ParameterScope } from '../../nn/params.js';

/** 1×1 convolution with bias, BatchNorm, ReLU: `conv` and `bn`, each followed by the name. */
export class Lateral {
  private readonly weight: tf.Variable;
  private readonly bias: tf.Variable;
  private readonly norm: BatchNorm;

  constructor(scope: ParameterScope, name: string, channels: number) {
    this.weight = scope.plain(`conv${name}.weight`, [channels, channels, 1, 1], kaimingFanOut());
    this.bias = scope.plain(`conv${name}.bias`, [channels], biasOfFanIn(channels));
    this.norm = new BatchNorm(scope.scope(`bn${name}`), channels);
  }

  /** (b, h, w, channels) to the same. @param training with the batch's statistics */
  apply(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    return tf.relu(this.norm.apply(pointwise(x, this.weight, this.bias), training));
  }
}
