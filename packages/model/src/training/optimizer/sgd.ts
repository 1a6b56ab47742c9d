import * as tf from '@tensorflow/tfjs-core';

/** A parameter and its momentum, of one shape. */
export interface SgdState {
  readonly param: tf.Tensor;
  readonly momentum: tf.Tensor;
}

/**
 * One step of SGD with momentum for one parameter, without dampening (PyTorch's): the decay is added to the gradient of every parameter,
 * momentum = μ·momentum + gradient, parameter −= lr·momentum. A momentum of zeros before the first step gives PyTorch's first step.
 *
 * @returns the next state, the caller's
 */
export function sgdStep(
  { param, momentum }: SgdState,
  grad: tf.Tensor,
  { lr, mu, weightDecay }: { readonly lr: number; readonly mu: number; readonly weightDecay: number },
): SgdState {
  const next = tf.add(tf.mul(momentum, mu), tf.add(grad, tf.mul(param, weightDecay)));
  return { param: tf.sub(param, tf.mul(next, lr)), momentum: next };
}
