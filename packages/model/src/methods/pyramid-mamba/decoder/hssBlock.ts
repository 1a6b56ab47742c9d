import type * as tf from '@tensorflow/tfjs-core';
import { layerNorm, residual } from '@pyramid-mamba/ssm-kernels';
import { ones, zeros } from '../../../nn/initializers.js';
import type { ParameterScope } from '../../../nn/params.js';
import type { TrainingContext } from '../../../training/context.js';
import { Ss2d, type Ss2dOptions } from './ss2d.js';

export interface HssBlockOptions extends Ss2dOptions {
  /** Probability that a picture's residual branch is dropped in training (stochastic depth). */
  dropPath: number;
}

/** x + DropPath(SS2D(LayerNorm(x))); one sequential PSS of the paper's eq. (5). */
export class HssBlock {
  private readonly normWeight: tf.Variable;
  private readonly normBias: tf.Variable;
  private readonly ss2d: Ss2d;

  constructor(
    scope: ParameterScope,
    private readonly options: HssBlockOptions,
  ) {
    this.normWeight = scope.plain('ln_1.weight', [options.channels], ones);
    this.normBias = scope.plain('ln_1.bias', [options.channels], zeros);
    this.ss2d = new Ss2d(scope.scope('self_attention'), options);
  }

  /** (b, h, w, C) to (b, h, w, C). */
  apply(x: tf.Tensor4D, training?: TrainingContext): tf.Tensor4D {
    const normed = layerNorm(
      x,
      this.normWeight as tf.Tensor as tf.Tensor1D,
      this.normBias as tf.Tensor as tf.Tensor1D,
    );
    const branch = this.ss2d.apply(normed);
    const { dropPath } = this.options;
    if (!training || dropPath === 0) return residual(x, branch);
    const keepProb = 1 - dropPath;
    return residual(x, branch, {
      scale: training.dropPathKeep(x.shape[0], keepProb),
      factor: 1 / keepProb,
    });
  }
}
