import * as tf from '@tensorflow/tfjs-core';
import { layerNorm } from '@pyramid-mamba/ssm-kernels';
import { linear, ones, zeros } from '../../../nn/initializers.js';
import { pointwise } from '../../../nn/pointwise.js';
import type { ParameterScope } from '../../../nn/params.js';

/** Doubles the map's sides and halves its channels: a linear layer C → 2C whose output is rearranged to 2×2 pixels of C/2, then LayerNorm. */
export class PatchExpand {
  private readonly weight: tf.Variable;
  private readonly normWeight: tf.Variable;
  private readonly normBias: tf.Variable;

  constructor(
    scope: ParameterScope,
    private readonly channels: number,
  ) {
    this.weight = scope.plain('expand.weight', [2 * channels, channels], linear);
    this.normWeight = scope.plain('norm.weight', [channels / 2], ones);
    this.normBias = scope.plain('norm.bias', [channels / 2], zeros);
  }

  /** (b, h, w, C) to (b, 2h, 2w, C/2). */
  apply(x: tf.Tensor4D): tf.Tensor4D {
    const [b, h, w] = x.shape;
    const c = this.channels / 2;
    const patches = tf.reshape(pointwise(x, this.weight), [b * h, w, 2, 2 * c]); // row offset, then column offset and channel
    const rows = tf.transpose(patches, [0, 2, 1, 3]); // (b·h, 2, w, 2c)
    return layerNorm(
      tf.reshape(rows, [b, 2 * h, 2 * w, c]) as tf.Tensor4D,
      this.normWeight as tf.Tensor as tf.Tensor1D,
      this.normBias as tf.Tensor as tf.Tensor1D,
    );
  }
}
