import * as tf from '@tensorflow/tfjs-core';
import { residual } from '@pyramid-mamba/ssm-kernels';
import { kaimingFanOut, ones, transposedDefault, zeros } from './initializers.js';
import type { ParameterScope } from './params.js';
import { BatchNorm } from './batchNorm.js';
import { conv } from './conv.js';
import { transposedConv } from './upsample.js';

/** The stride of a block's resampling convolution, or `up`: a transposed convolution of kernel 2 that doubles the sides (RD4AD's decoder). */
export type Resampling = number | 'up';

/** A block's resampling convolution. `up` replaces any kernel by that of 2×2. */
class ResamplingConv {
  private readonly weight: tf.Variable;

  constructor(
    scope: ParameterScope,
    name: string,
    [outputs, inputs, kernel]: readonly [outputs: number, inputs: number, kernel: number],
    private readonly resampling: Resampling,
  ) {
    this.weight =
      resampling === 'up'
        ? scope.conv(name, [inputs, outputs, 2, 2], transposedDefault)
        : scope.conv(name, [outputs, inputs, kernel, kernel], kaimingFanOut());
  }

  apply(x: tf.Tensor4D): tf.Tensor4D {
    return this.resampling === 'up' ? transposedConv(x, this.weight) : conv(x, this.weight, this.resampling);
  }
}

/** The shortcut of a residual block: the input itself, or a resampling 1×1 convolution with BatchNorm if the shape changes. */
class Shortcut {
  private readonly resample: ResamplingConv | undefined;
  private readonly norm: BatchNorm | undefined;

  constructor(block: ParameterScope, inputs: number, outputs: number, stride: Resampling) {
    if (stride === 1 && inputs === outputs) return;
    const scope = block.scope(stride === 'up' ? 'upsample' : 'downsample');
    this.resample = new ResamplingConv(scope, '0.weight', [outputs, inputs, 1], stride);
    this.norm = new BatchNorm(scope.scope('1'), outputs);
  }

  apply(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    return this.resample && this.norm ? this.norm.apply(this.resample.apply(x), training) : x;
  }
}

/** ResNet's BasicBlock with trainable BatchNorm (He et al. 2016): two 3×3 convolutions, the first resamples. */
export class BasicBlock {
  private readonly conv1: ResamplingConv;
  private readonly bn1: BatchNorm;
  private readonly conv2: tf.Variable;
  private readonly bn2: BatchNorm;
  private readonly shortcut: Shortcut;

  /** @param fresh the block starts as its shortcut: its last BatchNorm scales by 0 */
  constructor(scope: ParameterScope, inputs: number, outputs: number, stride: Resampling, fresh = false) {
    this.conv1 = new ResamplingConv(scope, 'conv1.weight', [outputs, inputs, 3], stride);
    this.bn1 = new BatchNorm(scope.scope('bn1'), outputs);
    this.conv2 = scope.conv('conv2.weight', [outputs, outputs, 3, 3], kaimingFanOut());
    this.bn2 = new BatchNorm(scope.scope('bn2'), outputs, fresh ? zeros : ones);
    this.shortcut = new Shortcut(scope, inputs, outputs, stride);
  }

  apply(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    const a = tf.relu(this.bn1.apply(this.conv1.apply(x), training));
    const b = this.bn2.apply(conv(a, this.conv2, 1), training);
    return tf.relu(residual(this.shortcut.apply(x, training), b));
  }
}

/** ResNet's Bottleneck: 1×1, 3×3 (resamples), 1×1. */
export class Bottleneck {
  private readonly conv1: tf.Variable;
  private readonly bn1: BatchNorm;
  private readonly conv2: ResamplingConv;
  private readonly bn2: BatchNorm;
  private readonly conv3: tf.Variable;
  private readonly bn3: BatchNorm;
  private readonly shortcut: Shortcut;

  constructor(scope: ParameterScope, inputs: number, width: number, outputs: number, stride: Resampling) {
    this.conv1 = scope.conv('conv1.weight', [width, inputs, 1, 1], kaimingFanOut());
    this.bn1 = new BatchNorm(scope.scope('bn1'), width);
    this.conv2 = new ResamplingConv(scope, 'conv2.weight', [width, width, 3], stride);
    this.bn2 = new BatchNorm(scope.scope('bn2'), width);
    this.conv3 = scope.conv('conv3.weight', [outputs, width, 1, 1], kaimingFanOut());
    this.bn3 = new BatchNorm(scope.scope('bn3'), outputs);
    this.shortcut = new Shortcut(scope, inputs, outputs, stride);
  }

  apply(x: tf.Tensor4D, training: boolean): tf.Tensor4D {
    const a = tf.relu(this.bn1.apply(conv(x, this.conv1, 1), training));
    const b = tf.relu(this.bn2.apply(this.conv2.apply(a), training));
    const c = this.bn3.apply(conv(b, this.conv3, 1), training);
    return tf.relu(residual(this.shortcut.apply(x, training), c));
  }
}
