import * as tf from '@tensorflow/tfjs-core';
import { batchNormTrain, movingAverage } from '@pyramid-mamba/ssm-kernels';
import { ones, zeros } from './initializers.js';
import type { Initializer, ParameterScope } from './params.js';

const EPSILON = 1e-5;
const MOMENTUM = 0.1;

/** BatchNorm2d over NHWC. Training uses the batch's statistics and updates the running ones (unbiased variance), like PyTorch. */
export class BatchNorm {
  private readonly gamma: tf.Variable;
  private readonly beta: tf.Variable;
  private readonly runningMean: tf.Variable;
  private readonly runningVar: tf.Variable;

  constructor(scope: ParameterScope, channels: number, gamma: Initializer = ones) {
    this.gamma = scope.plain('weight', [channels], gamma);
    this.beta = scope.plain('bias', [channels], zeros);
    this.runningMean = scope.buffer('running_mean', [channels], zeros);
    this.runningVar = scope.buffer('running_var', [channels], ones);
  }

  apply(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    if (!training) {
      const scale = tf.mul(this.gamma, tf.rsqrt(tf.add(this.runningVar, EPSILON)));
      return tf.add(tf.mul(x, scale), tf.sub(this.beta, tf.mul(this.runningMean, scale)));
    }
    const { y, mean, variance } = batchNormTrain(
      x,
      this.gamma as tf.Tensor as tf.Tensor1D,
      this.beta as tf.Tensor as tf.Tensor1D,
      EPSILON,
    );
    const n = x.size / x.shape[3];
    move(this.runningMean, mean, 1);
    move(this.runningVar, variance, n > 1 ? n / (n - 1) : 1);
    return y;
  }
}

function move(running: tf.Variable, batch: tf.Tensor, factor: number): void {
  tf.tidy(() => running.assign(movingAverage(running as tf.Tensor, batch, MOMENTUM, factor)));
}
