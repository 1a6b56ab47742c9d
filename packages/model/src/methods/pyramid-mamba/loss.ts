import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../../encoders/types.js';

/** Σ over the three levels of weight·mean((teacher − student)²) (paper, IV-A: sum of MSE; the authors' code multiplies it by 5). */
export function reconstructionLoss(teacher: Features, student: Features, weight = 1): tf.Scalar {
  return tf.tidy(() => {
    // row by row first: a single sum of millions of float32, as in the wasm backend, has an error of up to a thousandth
    const levels = teacher.map((t, i) => tf.mean(tf.mean(tf.squaredDifference(t, student[i]!), [2, 3])));
    return tf.mul(tf.addN(levels), weight) as tf.Scalar;
  });
}
