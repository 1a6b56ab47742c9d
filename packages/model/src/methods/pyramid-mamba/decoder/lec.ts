import * as tf from '@tensorflow/tfjs-core';
import { instanceNorm } from '@pyramid-mamba/ssm-kernels';
import { kaimingFanOut, zeros } from '../../../nn/initializers.js';
import { depthwise } from '../../../nn/conv.js';
import { pointwise } from '../../../nn/pointwise.js';
import type { ParameterScope } from '../../../nn/params.js';

/** 1×1 convolution with bias, InstanceNorm, SiLU. (The norm cancels the bias; the authors' checkpoints have it.) */
class PointwiseNorm {
  private readonly weight: tf.Variable;
  private readonly bias: tf.Variable;

  constructor(scope: ParameterScope, channels: number) {
    this.weight = scope.plain('weight', [channels, channels, 1, 1], kaimingFanOut());
    this.bias = scope.plain('bias', [channels], zeros);
  }

  apply(x: tf.Tensor4D): tf.Tensor4D {
    return instanceNorm(pointwise(x, this.weight, this.bias), { activation: 'silu' });
  }
}

/**
 * Locality-Enhanced Convolution (paper III-B, eq. (6)): two branches of 1×1, depthwise k×k and 1×1 convolutions, each
 * followed by InstanceNorm and SiLU, with k = 5 and k = 7.
 */
export class Lec {
  private readonly before7: PointwiseNorm;
  private readonly after7: PointwiseNorm;
  private readonly before5: PointwiseNorm;
  private readonly after5: PointwiseNorm;
  private readonly depthwise5: tf.Variable;
  private readonly depthwise7: tf.Variable;

  constructor(scope: ParameterScope, channels: number) {
    this.before7 = new PointwiseNorm(scope.scope('conv1b7.0'), channels);
    this.after7 = new PointwiseNorm(scope.scope('conv1a7.0'), channels);
    this.before5 = new PointwiseNorm(scope.scope('conv1b5.0'), channels);
    this.after5 = new PointwiseNorm(scope.scope('conv1a5.0'), channels);
    this.depthwise5 = scope.depthwise('conv55.0.weight', [channels, 1, 5, 5], kaimingFanOut(channels));
    this.depthwise7 = scope.depthwise('conv77.0.weight', [channels, 1, 7, 7], kaimingFanOut(channels));
  }

  /** (b, h, w, C) to the two branches' outputs, 5×5 and 7×7, (b, h, w, C) each. */
  apply(x: tf.Tensor4D): [tf.Tensor4D, tf.Tensor4D] {
    const branch = (before: PointwiseNorm, weight: tf.Variable, after: PointwiseNorm): tf.Tensor4D =>
      after.apply(instanceNorm(depthwise(before.apply(x), weight), { activation: 'silu' }));
    return [
      branch(this.before5, this.depthwise5, this.after5),
      branch(this.before7, this.depthwise7, this.after7),
    ];
  }
}
