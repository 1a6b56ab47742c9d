import * as tf from '@tensorflow/tfjs-core';

/** RMS of gradient over denominator above which a step is shortened. */
const CLIP_THRESHOLD = 1;

export interface StableAdamOptions {
  readonly lr: number;
  readonly betas: readonly [number, number];
  readonly eps: number;
  readonly weightDecay: number;
  /** 1 for the first step: the bias correction. */
  readonly step: number;
}

/** A parameter and its moments, all of one shape; `largest` is the largest second moment so far, with amsgrad. */
export interface StableAdamState {
  readonly param: tf.Tensor;
  readonly m: tf.Tensor;
  readonly v: tf.Tensor;
  readonly largest?: tf.Tensor | undefined;
}

/**
 * One step of StableAdamW for one parameter (Wortsman et al. 2023, in the form of Dinomaly's code): the weights shrink by lr·λ, biases and norms
 * too; with r the RMS over the parameter of gradient / denominator, the step is divided by max(1, r). The denominator is of the second moment
 * before its bias correction, with amsgrad of its largest value so far.
 *
 * @param grad clipped gradient
 * @returns the next state, the caller's
 */
export function stableAdamStep(
  { param, m, v, largest }: StableAdamState,
  grad: tf.Tensor,
  { lr, betas: [beta1, beta2], eps, weightDecay, step }: StableAdamOptions,
): StableAdamState {
  const nextM = tf.add(tf.mul(m, beta1), tf.mul(grad, 1 - beta1));
  const nextV = tf.add(tf.mul(v, beta2), tf.mul(tf.square(grad), 1 - beta2));
  const nextLargest = largest && tf.maximum(largest, nextV);
  const denominator = tf.add(tf.div(tf.sqrt(nextLargest ?? nextV), Math.sqrt(1 - beta2 ** step)), eps);
  const rms = tf.sqrt(tf.mean(tf.square(tf.div(grad, denominator))));
  const rate = tf.div(lr / (1 - beta1 ** step), tf.maximum(1, tf.div(rms, CLIP_THRESHOLD)));
  const shrunk = tf.mul(param, 1 - lr * weightDecay);
  const next = tf.sub(shrunk, tf.mul(rate, tf.div(nextM, denominator)));
  return { param: next, m: nextM, v: nextV, largest: nextLargest };
}

/** √Σ of the squares of all gradients. Row by row first: a single sum of millions of float32 has an error of up to a thousandth. */
export function globalNorm(grads: readonly tf.Tensor[]): tf.Scalar {
  const sums = grads.map((grad) => tf.sum(tf.sum(tf.square(grad), -1)));
  return tf.sqrt(tf.addN(sums)) as tf.Scalar;
}
