import { engine, registerGradient, type Rank, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { checkShape } from './checks.js';
import { BATCH_NORM_TRAIN, BATCH_NORM_TRAIN_GRAD } from '../kernels/trainingKernels.js';

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
  const [y, mean, variance] = engine().runKernel<Tensor[]>(BATCH_NORM_TRAIN, { x, gamma, beta }, { epsilon });
  return { y: y as Tensor<R>, mean: mean as Tensor1D, variance: variance as Tensor1D };
}

registerGradient({
  kernelName: BATCH_NORM_TRAIN,
  inputsToSave: ['x', 'gamma'],
  outputsToSave: [false, true, true],
  gradFunc: (dys, saved, attrs) => {
    const [dy] = dys as Tensor[];
    const [x, gamma, mean, variance] = saved as [Tensor, Tensor, Tensor, Tensor];
    const [dx, dGamma, dBeta] = engine().runKernel<Tensor[]>(
      BATCH_NORM_TRAIN_GRAD,
      { x, gamma, mean, variance, dy: dy! },
      attrs,
    );
    return { x: () => dx!, gamma: () => dGamma!, beta: () => dBeta! };
  },
});
