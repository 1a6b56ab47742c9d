import * as tf from '@tensorflow/tfjs-core';
import { linear } from '@pyramid-mamba/ssm-kernels';
import { resizeHalfPixel } from '../inference/resize.js';

/** A resize along one axis as a matrix, (outputs, inputs): what it makes of the unit vectors. */
function matrixOf(inputs: number, outputs: number): tf.Tensor2D {
  const unit = Float32Array.from({ length: inputs * inputs }, (_, i) => (i % (inputs + 1) === 0 ? 1 : 0));
  const rows = resizeHalfPixel({ height: inputs, width: inputs, data: unit }, outputs, inputs);
  return tf.tensor2d(Float32Array.from(rows), [outputs, inputs]);
}

/**
 * A map resized bilinearly with half-pixel centres (PyTorch's align_corners=False, no antialiasing), with its gradient on every backend: a linear
 * layer along each axis, since the backends' own resize has no gradient for this rule.
 *
 * @param x (b, h, w, c)
 * @returns (b, height, width, c)
 */
export function resizeBilinear(x: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const [b, h, w, c] = x.shape;
  if (h === height && w === width) return x;
  const first = tf.reshape(tf.transpose(x, [0, 3, 1, 2]), [b * c * h, w]);
  const wide = tf.reshape(linear(first, matrixOf(w, width)), [b, c, h, width]);
  const second = tf.reshape(tf.transpose(wide, [0, 1, 3, 2]), [b * c * width, h]);
  const whole = tf.reshape(linear(second, matrixOf(h, height)), [b, c, width, height]);
  return tf.transpose(whole, [0, 3, 2, 1]) as tf.Tensor4D;
}
