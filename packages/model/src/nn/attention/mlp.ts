import * as tf from '@tensorflow/tfjs-core';
import { linear as linearLayer } from '@pyramid-mamba/ssm-kernels';
import type { TrainingContext } from '../../training/context.js';
import { linear, zeros } from '../initializers.js';
import type { ParameterScope } from '../params.js';

/** x·Φ(x) with the normal distribution's Φ (the exact GELU, not its tanh approximation). */
export function gelu(x: tf.Tensor): tf.Tensor {
  return tf.mul(x, tf.mul(0.5, tf.add(1, tf.erf(tf.mul(x, Math.SQRT1_2)))));
}

/** Two linear layers with GELU between them, `fc1` and `fc2`, over the last axis. */
export class Mlp {
  private readonly weight1: tf.Variable;
  private readonly bias1: tf.Variable;
  private readonly weight2: tf.Variable;
  private readonly bias2: tf.Variable;

  constructor(
    scope: ParameterScope,
    { channels, hidden }: { channels: number; hidden: number },
    /** Share of the values that are set to 0 in training: of the input, of the hidden ones and of the output. */
    private readonly dropout = 0,
  ) {
    this.weight1 = scope.plain('fc1.weight', [hidden, channels], linear);
    this.bias1 = scope.plain('fc1.bias', [hidden], zeros);
    this.weight2 = scope.plain('fc2.weight', [channels, hidden], linear);
    this.bias2 = scope.plain('fc2.bias', [channels], zeros);
  }

  /** (…, channels) to (…, channels). */
  apply(x: tf.Tensor, training?: TrainingContext): tf.Tensor {
    const hidden = gelu(
      linearLayer(dropped(x, this.dropout, training), this.weight1, this.bias1 as tf.Tensor as tf.Tensor1D),
    );
    const y = linearLayer(
      dropped(hidden, this.dropout, training),
      this.weight2,
      this.bias2 as tf.Tensor as tf.Tensor1D,
    );
    return dropped(y, this.dropout, training);
  }
}

/** x with a share of its values set to 0 and the others divided by the rest, in training alone (dropout). */
export function dropped<T extends tf.Tensor>(x: T, rate: number, training?: TrainingContext): T {
  const keep = rate > 0 ? training?.dropout(x.shape, rate) : undefined;
  return keep ? tf.mul(x, tf.div(keep, 1 - rate)) : x;
}
