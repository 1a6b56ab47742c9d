import * as tf from '@tensorflow/tfjs-core';
import { addBias } from '@pyramid-mamba/ssm-kernels';

/**
 * A linear layer, or a 1×1 convolution, over the last axis: x·weightᵀ + bias.
 *
 * @param x (b, h, w, in)
 * @param weight (out, in), or (out, in, 1, 1)
 * @param bias (out)
 */
export function pointwise(x: tf.Tensor4D, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor4D {
  const [b, h, w, channels] = x.shape;
  const out = weight.shape[0]!;
  const rows = tf.reshape(x, [b * h * w, channels]);
  const y = tf.matMul(rows, tf.reshape(weight, [out, channels]) as tf.Tensor2D, false, true);
  return tf.reshape(bias ? addBias(y, bias as tf.Tensor1D) : y, [b, h, w, out]);
}
