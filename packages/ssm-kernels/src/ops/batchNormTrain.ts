import type { Rank, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { checkShape } from './checks.js';
import { registerKernelGradient, runKernels } from '../kernels/run.js';

export interface BatchNormTrainResult<R extends Rank> {
  /** Of the shape of x. */
  y: Tensor<R>;
  /** Mean of each channel over all other axes, (c); for the running average. No gradient flows through it. */
  mean: Tensor1D;
  /** Biased variance, (c); for the running average. No gradient flows through it. */
  variance: Tensor1D;
}

/**
 * Batch normalisation in training (Ioffe and Szegedy 2015), each channel over all other axes:
 * y = (x − mean) / √(variance + ε) · gamma + beta, biased variance. y is differentiable in every input.
 *
 * @param x input, (..., c), at least one axis
 * @param gamma scale, (c)
 * @param beta shift, (c)
 * @param epsilon added to the variance; default 1e-5, as in PyTorch
 * @throws Error that names the argument when a shape does not fit
 */
export function batchNormTrain<R extends Rank>(
  x: Tensor<R>,
  gamma: Tensor1D,
  beta: Tensor1D,
  epsilon = 1e-5,
): BatchNormTrainResult<R> {
  const op = 'batchNormTrain';
  const c = x.shape.at(-1);
  if (!c || x.size === 0)
    throw new Error(`${op}: x must be (..., c) and not empty, got (${x.shape.join(', ')}).`);
  checkShape(op, 'x', x, '..., c', x.shape);
  checkShape(op, 'gamma', gamma, 'c', [c]);
  checkShape(op, 'beta', beta, 'c', [c]);
  const [y, mean, variance] = runKernels('batchNormTrain', { x, gamma, beta }, { epsilon });
  return { y: y as Tensor<R>, mean: mean as Tensor1D, variance: variance as Tensor1D };
}

registerKernelGradient(
  'batchNormTrain',
  ['x', 'gamma'],
  ({ dy, saved: [x, gamma], outputs, attrs }) => {
    const [mean, variance] = outputs as [Tensor, Tensor];
    const [dx, dGamma, dBeta] = runKernels('batchNormTrainGrad', { x, gamma, mean, variance, dy }, attrs);
    return { x: () => dx!, gamma: () => dGamma!, beta: () => dBeta! };
  },
  [false, true, true],
);
