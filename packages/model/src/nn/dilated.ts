import * as tf from '@tensorflow/tfjs-core';
import { conv } from './conv.js';

/** (outer, n·r, rest) to (outer·r, n, rest): every r-th row together. */
const split = (x: tf.Tensor, outer: number, n: number, r: number, rest: number): tf.Tensor =>
  tf.transpose(tf.reshape(x, [outer, n, r, rest]), [0, 2, 1, 3]);
/** The inverse of `split`. */
const join = (x: tf.Tensor, outer: number, n: number, r: number, rest: number): tf.Tensor =>
  tf.transpose(tf.reshape(x, [outer, r, n, rest]), [0, 2, 1, 3]);

/**
 * A 3×3 convolution of stride 1 with dilation and zero padding of `rate`: the map keeps its size. Pixels that are `rate` apart make a small map
 * each, on which it is a convolution without dilation; so it has a gradient, which that of the backends with a dilation has not.
 *
 * @param x (b, h, w, in)
 * @param weight (3, 3, in, out)
 */
export function dilatedConv(x: tf.Tensor4D, weight: tf.Tensor, rate: number): tf.Tensor4D {
  if (rate === 1) return conv(x, weight, 1);
  const [b, h, w, c] = x.shape;
  const outputs = weight.shape[3]!;
  // zeros below and to the right are those of the padding
  const [n, m] = [Math.ceil(h / rate), Math.ceil(w / rate)];
  const padded = tf.pad(x, [
    [0, 0],
    [0, n * rate - h],
    [0, m * rate - w],
    [0, 0],
  ]);
  const rows = split(padded, b, n, rate, m * rate * c); // (b, rate, n, m·rate·c)
  const columns = split(rows, b * rate * n, m, rate, c); // (b·rate·n, rate, m, c)
  const maps = tf.transpose(tf.reshape(columns, [b * rate, n, rate, m * c]), [0, 2, 1, 3]); // (b·rate, rate, n, m·c)
  const small = tf.reshape(maps, [b * rate * rate, n, m, c]) as tf.Tensor4D;
  const y = conv(small, weight, 1); // (b·rate·rate, n, m, out)
  const back = tf.transpose(tf.reshape(y, [b * rate, rate, n, m * outputs]), [0, 2, 1, 3]); // (b·rate, n, rate, m·out)
  const wide = join(back, b * rate * n, m, rate, outputs); // (b·rate·n, m, rate, out)
  const whole = join(wide, b, n, rate, m * rate * outputs); // (b, n, rate, m·rate·out)
  return tf.slice(
    tf.reshape(whole, [b, n * rate, m * rate, outputs]),
    [0, 0, 0, 0],
    [b, h, w, outputs],
  ) as tf.Tensor4D;
}
