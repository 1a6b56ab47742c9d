import type * as tf from '@tensorflow/tfjs-core';
import { layerNorm } from '@pyramid-mamba/ssm-kernels';
import { linear, ones, zeros } from '../../../nn/initializers.js';
import { pointwise } from '../../../nn/pointwise.js';
import type { ParameterScope } from '../../../nn/params.js';
import { spread } from '../../../nn/upsample.js';

/** Doubles the map's sides and halves its channels: a linear layer C → 2C whose output is rearranged to 2×2 pixels of C/2, then LayerNorm. */
export class PatchExpand {
  private readonly weight: tf.Variable;
  private readonly normWeight: tf.Variable;
  private readonly normBias: tf.Variable;

  constructor(scope: ParameterScope, channels: number) {
    this.weight = scope.plain('expand.weight', [2 * channels, channels], linear);
    this.normWeight = scope.plain('norm.weight', [channels / 2], ones);
    this.normBias = scope.plain('norm.bias', [channels / 2], zeros);
  }

  /** (b, h, w, C) to (b, 2h, 2w, C/2). */
  apply(x: tf.Tensor4D): tf.Tensor4D {
    return layerNorm(
      spread(pointwise(x, this.weight)),
      this.normWeight as tf.Tensor as tf.Tensor1D,
      this.normBias as tf.Tensor as tf.Tensor1D,
    );
  }
}
