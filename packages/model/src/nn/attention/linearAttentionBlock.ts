import * as tf from '@tensorflow/tfjs-core';
import { layerNorm, linear as linearLayer } from '@pyramid-mamba/ssm-kernels';
import { linear, ones, zeros } from '../initializers.js';
import type { ParameterScope } from '../params.js';
import { Mlp } from './mlp.js';

/** Of Dinomaly's decoder. */
const EPSILON = 1e-8;

export interface LinearAttentionBlockOptions {
  channels: number;
  /** Divides the channels. */
  heads: number;
  /** Hidden values of the MLP as a multiple of the channels. */
  mlpRatio: number;
}

/**
 * A transformer block whose attention is linear in the number of tokens (Dinomaly's decoder; Katharopoulos et al. 2020): q and k are elu + 1,
 * y_s = (q_s · Σ k_t v_tᵀ) / (q_s · Σ k_t), so that no map of token by token is made.
 */
export class LinearAttentionBlock {
  private readonly norm1: Norm;
  private readonly norm2: Norm;
  private readonly qkvWeight: tf.Variable;
  private readonly qkvBias: tf.Variable;
  private readonly projWeight: tf.Variable;
  private readonly projBias: tf.Variable;
  private readonly mlp: Mlp;

  constructor(
    scope: ParameterScope,
    private readonly options: LinearAttentionBlockOptions,
  ) {
    const { channels, mlpRatio } = options;
    this.norm1 = new Norm(scope.scope('norm1'), channels);
    this.qkvWeight = scope.plain('attn.qkv.weight', [3 * channels, channels], linear);
    this.qkvBias = scope.plain('attn.qkv.bias', [3 * channels], zeros);
    this.projWeight = scope.plain('attn.proj.weight', [channels, channels], linear);
    this.projBias = scope.plain('attn.proj.bias', [channels], zeros);
    this.norm2 = new Norm(scope.scope('norm2'), channels);
    this.mlp = new Mlp(scope.scope('mlp'), { channels, hidden: mlpRatio * channels });
  }

  /** (b, tokens, channels) to (b, tokens, channels). */
  apply(x: tf.Tensor3D): tf.Tensor3D {
    const attended = tf.add(x, this.attend(this.norm1.apply(x)));
    return tf.add(attended, this.mlp.apply(this.norm2.apply(attended as tf.Tensor3D)));
  }

  private attend(x: tf.Tensor3D): tf.Tensor {
    const [b, tokens, channels] = x.shape;
    const { heads } = this.options;
    const each = channels / heads;
    const qkv = linearLayer(x, this.qkvWeight, this.qkvBias as tf.Tensor as tf.Tensor1D);
    // rows q, k, v of the weight; the channels of a head lie together
    const parts = tf.split(tf.reshape(qkv, [b, tokens, 3, heads, each]), 3, 2);
    const [q, k, v] = parts.map((part) =>
      tf.transpose(tf.reshape(part, [b, tokens, heads, each]), [0, 2, 1, 3]),
    ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D]; // (b, heads, tokens, each)
    const [positiveQ, positiveK] = [tf.add(tf.elu(q), 1), tf.add(tf.elu(k), 1)];
    const context = tf.matMul(positiveK, v, true); // (b, heads, each, each)
    const weight = tf.matMul(positiveQ, tf.sum(positiveK, 2, true), false, true); // (b, heads, tokens, 1)
    const mean = tf.div(tf.matMul(positiveQ, context), weight);
    const joined = tf.reshape(tf.transpose(mean, [0, 2, 1, 3]), [b, tokens, channels]);
    return linearLayer(joined, this.projWeight, this.projBias as tf.Tensor as tf.Tensor1D);
  }
}

class Norm {
  private readonly weight: tf.Variable;
  private readonly bias: tf.Variable;

  constructor(scope: ParameterScope, channels: number) {
    this.weight = scope.plain('weight', [channels], ones);
    this.bias = scope.plain('bias', [channels], zeros);
  }

  apply(x: tf.Tensor3D): tf.Tensor3D {
    return layerNorm(
      x,
      this.weight as tf.Tensor as tf.Tensor1D,
      this.bias as tf.Tensor as tf.Tensor1D,
      EPSILON,
    );
  }
}
