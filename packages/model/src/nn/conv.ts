import * as tf from '@tensorflow/tfjs-core';

/** PyTorch's padding k // 2 on every side for any stride ('same' of tfjs differs on even sizes). */
export function torchPad(
  kernel: number,
): [[number, number], [number, number], [number, number], [number, number]] {
  const p = Math.floor(kernel / 2);
  return [
    [0, 0],
    [p, p],
    [p, p],
    [0, 0],
  ];
}

/** A convolution with HWIO weights and PyTorch's padding k // 2. */
export function conv(x: tf.Tensor4D, weight: tf.Tensor, stride: number): tf.Tensor4D {
  return tf.conv2d(x, weight as tf.Tensor4D, stride, torchPad(weight.shape[0]!));
}

/** A depthwise convolution of stride 1 with (h, w, channels, 1) weights and padding k // 2. */
export function depthwise(x: tf.Tensor4D, weight: tf.Tensor): tf.Tensor4D {
  return tf.depthwiseConv2d(x, weight as tf.Tensor4D, 1, 'same');
}
