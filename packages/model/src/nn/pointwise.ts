import type * as tf from '@tensorflow/tfjs-core';
import { linear } from '@pyramid-mamba/ssm-kernels';

/**
 * A linear layer, or a 1×1 convolution, over the last axis: x·weightᵀ + bias.
 *
 * @param x (b, h, w, in)
 * @param weight (out, in), or (out, in, 1, 1)
 * @param bias (out)
 */
export function pointwise(x: tf.Tensor4D, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor4D {
  return linear(x, weight, bias as tf.Tensor1D | undefined) as tf.Tensor4D;
}
