import * as tf from '@tensorflow/tfjs-core';
import { residual } from '@pyramid-mamba/ssm-kernels';
import { kaimingFanOut } from './initializers.js';
import type { ParameterScope } from './params.js';
import { BatchNorm } from './batchNorm.js';
import { conv } from './conv.js';

/** The shortcut of a residual block: the input itself, or a strided 1×1 convolution with BatchNorm if the shape changes. */
class Shortcut {
  private readonly weight: tf.Variable | undefined;
  private readonly norm: BatchNorm | undefined;

  constructor(
    scope: ParameterScope,
    inputs: number,
    outputs: number,
    private readonly stride: number,
  ) {
    if (stride === 1 && inputs === outputs) return;
    this.weight = scope.conv('0.weight', [outputs, inputs, 1, 1], kaimingFanOut());
    this.norm = new BatchNorm(scope.scope('1'), outputs);
  }

  apply(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    return this.weight && this.norm ? this.norm.apply(conv(x, this.weight, this.stride), training) : x;
  }
}

/** ResNet's BasicBlock with trainable BatchNorm (He et al. 2016): two 3×3 convolutions, the first strided. */
export class BasicBlock {
  private readonly conv1: tf.Variable;
  private readonly bn1: BatchNorm;
  private readonly conv2: tf.Variable;
  private readonly bn2: BatchNorm;
  private readonly shortcut: Shortcut;

  constructor(
    scope: ParameterScope,
    inputs: number,
    outputs: number,
    private readonly stride: number,
  ) {
    this.conv1 = scope.conv('conv1.weight', [outputs, inputs, 3, 3], kaimingFanOut());
    this.bn1 = new BatchNorm(scope.scope('bn1'), outputs);
    this.conv2 = scope.conv('conv2.weight', [outputs, outputs, 3, 3], kaimingFanOut());
    this.bn2 = new BatchNorm(scope.scope('bn2'), outputs);
    this.shortcut = new Shortcut(scope.scope('downsample'), inputs, outputs, stride);
  }

  apply(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    const a = tf.relu(this.bn1.apply(conv(x, this.conv1, this.stride), training));
    const b = this.bn2.apply(conv(a, this.conv2, 1), training);
    return tf.relu(residual(this.shortcut.apply(x, training), b));
  }
}

/** ResNet's Bottleneck: 1×1, 3×3 (strided), 1×1. */
export class Bottleneck {
  private readonly conv1: tf.Variable;
  private readonly bn1: BatchNorm;
  private readonly conv2: tf.Variable;
  private readonly bn2: BatchNorm;
  private readonly conv3: tf.Variable;
  private readonly bn3: BatchNorm;
  private readonly shortcut: Shortcut;

  constructor(
    scope: ParameterScope,
    inputs: number,
    width: number,
    outputs: number,
    private readonly stride: number,
  ) {
    this.conv1 = scope.conv('conv1.weight', [width, inputs, 1, 1], kaimingFanOut());
    this.bn1 = new BatchNorm(scope.scope('bn1'), width);
    this.conv2 = scope.conv('conv2.weight', [width, width, 3, 3], kaimingFanOut());
    this.bn2 = new BatchNorm(scope.scope('bn2'), width);
    this.conv3 = scope.conv('conv3.weight', [outputs, width, 1, 1], kaimingFanOut());
    this.bn3 = new BatchNorm(scope.scope('bn3'), outputs);
    this.shortcut = new Shortcut(scope.scope('downsample'), inputs, outputs, stride);
  }

  apply(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    const a = tf.relu(this.bn1.apply(conv(x, this.conv1, 1), training));
    const b = tf.relu(this.bn2.apply(conv(a, this.conv2, this.stride), training));
    const c = this.bn3.apply(conv(b, this.conv3, 1), training);
    return tf.relu(residual(this.shortcut.apply(x, training), c));
  }
}
