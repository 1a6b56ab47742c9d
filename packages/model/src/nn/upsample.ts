import * as tf from '@tensorflow/tfjs-core';
import { pointwise } from './pointwise.js';

/**
 * Spreads every pixel's channels over 2×2 pixels.
 *
 * @param x (b, h, w, 4c): by row offset, then column offset, then channel
 * @returns (b, 2h, 2w, c)
 */
export function spread(x: tf.Tensor4D): tf.Tensor4D {
  const [b, h, w, channels] = x.shape;
  const patches = tf.reshape(x, [b * h, w, 2, channels / 2]); // row offset, then column offset and channel
  const rows = tf.transpose(patches, [0, 2, 1, 3]); // (b·h, 2, w, 2c)
  return tf.reshape(rows, [b, 2 * h, 2 * w, channels / 4]);
}

/**
 * A transposed convolution of kernel 2 and stride 2 without padding: its windows do not overlap, so it is a linear layer whose outputs
 * are spread over 2×2 pixels.
 *
 * @param x (b, h, w, in)
 * @param weight PyTorch's (in, out, 2, 2) in the layout `conv`: (2, 2, out, in)
 * @returns (b, 2h, 2w, out): y[2i + a, 2j + b, o] = Σ_c weight[a, b, o, c]·x[i, j, c]
 */
export function transposedConv(x: tf.Tensor4D, weight: tf.Tensor): tf.Tensor4D {
  const [, , outputs, inputs] = weight.shape as [number, number, number, number];
  return spread(pointwise(x, tf.reshape(weight, [4 * outputs, inputs])));
}
