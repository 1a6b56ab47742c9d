import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../../encoders/types.js';

/** The least squared norm of a picture's features: that of PyTorch's cosine_similarity, 1e-8. */
const LEAST_SQUARE = 1e-16;

/**
 * Σ over the levels of the batch's mean of 1 − cosine, where a picture's whole map is one vector (the authors' code; the paper averages the
 * cosines of the pixels, which gives worse maps).
 */
export function globalCosineLoss(teacher: Features, student: Features): tf.Scalar {
  return tf.tidy(() => tf.addN(teacher.map((t, i) => tf.mean(globalDistance(t, student[i]!)))) as tf.Scalar);
}

/** 1 − cosine of each picture's map as one vector, (b). */
function globalDistance(t: tf.Tensor4D, s: tf.Tensor4D): tf.Tensor1D {
  // row by row first: a single sum of millions of float32 has an error of up to a thousandth
  const sum = (x: tf.Tensor4D): tf.Tensor => tf.sum(tf.sum(x, [2, 3]), 1);
  const norm = (x: tf.Tensor4D): tf.Tensor => tf.sqrt(tf.maximum(sum(tf.square(x)), LEAST_SQUARE));
  return tf.sub(1, tf.div(sum(tf.mul(t, s)), tf.mul(norm(t), norm(s))));
}
