import * as tf from '@tensorflow/tfjs-core';
import type { Features } from '../../encoders/types.js';
import { resizeBilinear } from '../../nn/resize.js';

/** Added to a norm, so that a zero vector stays one. */
const EPSILON = 1e-12;
/**
 * The least argument of a logarithm: a normal float32 (from 2^-126 ≈ 1.18e-38 on). TensorFlow and GPUs take smaller ones for zero, and the gradient
 * of a logarithm there is 0/0.
 */
const LEAST_ARGUMENT = 1e-37;
/** The exponent of the focal loss. */
const GAMMA = 4;

/** Every pixel's channels divided by their norm. */
export function normalised(x: tf.Tensor4D): tf.Tensor4D {
  const squares = tf.sum(tf.square(x), 3, true);
  // √ has no finite gradient at 0
  return tf.div(x, tf.add(tf.sqrt(tf.maximum(squares, 1e-30)), EPSILON)) as tf.Tensor4D;
}

/**
 * What the segmentation network sees: the negative products of the normalised features of teacher and student, resized to the finest level and
 * concatenated, (b, h, w, Σ channels).
 */
export function products(teacher: Features, student: Features): tf.Tensor4D {
  const [, height, width] = student[0]!.shape;
  return tf.tidy(() =>
    tf.concat(
      teacher.map((t, i) => {
        const product = tf.neg(tf.mul(normalised(t), normalised(student[i]!)));
        return resizeBilinear(product as tf.Tensor4D, height, width);
      }),
      3,
    ),
  );
}

/** Σ over levels and pictures of the mean over the pixels of 1 − cosine: a sum over the batch, to which the published learning rate belongs. */
export function studentLoss(teacher: Features, student: Features): tf.Scalar {
  return tf.tidy(() => {
    const levels = teacher.map((t, i) => {
      const [, h, w] = t.shape;
      const cosine = tf.sum(tf.mul(normalised(t), normalised(student[i]!)), 3);
      // row by row first: a single sum of many float32 is inexact
      return tf.div(tf.sum(tf.sum(tf.sub(1, cosine), 2)), h * w);
    });
    return tf.addN(levels) as tf.Scalar;
  });
}

/** A mask at the size of the segmentation: bilinear with align_corners=false, 1 from one half on. */
export function smallMask(mask: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  return tf.tidy(
    () => tf.cast(tf.greaterEqual(resizeBilinear(mask, height, width), 0.5), 'float32') as tf.Tensor4D,
  );
}

/** The logarithm, at least ln 1e-37 = −85.2 (PyTorch's binary cross-entropy ends at −100, which no normal float32 reaches), and its gradient 0 below. */
const clampedLog = (x: tf.Tensor): tf.Tensor => tf.log(tf.maximum(x, LEAST_ARGUMENT));

/** Mean of (1 − p_t)⁴ · binary cross-entropy, without class weights (Lin et al. 2017). */
export function focalLoss(probability: tf.Tensor4D, mask: tf.Tensor4D): tf.Scalar {
  return tf.tidy(() => {
    const inverse = tf.sub(1, mask);
    const entropy = tf.neg(
      tf.add(tf.mul(mask, clampedLog(probability)), tf.mul(inverse, clampedLog(tf.sub(1, probability)))),
    );
    const wrong = tf.add(tf.mul(tf.sub(1, probability), mask), tf.mul(probability, inverse)); // 1 − p_t
    const square = tf.square(wrong);
    return tf.mean(tf.mul(GAMMA === 4 ? tf.square(square) : tf.pow(wrong, GAMMA), entropy)) as tf.Scalar;
  });
}

export const l1Loss = (probability: tf.Tensor4D, mask: tf.Tensor4D): tf.Scalar =>
  tf.tidy(() => tf.mean(tf.abs(tf.sub(probability, mask))) as tf.Scalar);

/** Focal and L1 loss, with equal weights. `mask` has the size of the segmentation. */
export const segmentationLoss = (probability: tf.Tensor4D, mask: tf.Tensor4D): tf.Scalar =>
  tf.tidy(() => tf.add(focalLoss(probability, mask), l1Loss(probability, mask)));
