import type { Rank, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { checkShape } from './checks.js';
import { registerKernelGradient, runKernel, runKernels } from '../kernels/run.js';

/**
 * Layer normalisation over the last axis (Ba et al. 2016): y = (x − mean) / √(variance + ε) · gamma + beta, biased variance.
 * Differentiable in every input.
 *
 * @param x input, (..., c), at least one axis
 * @param gamma scale, (c)
 * @param beta shift, (c)
 * @param epsilon added to the variance; default 1e-5, as in PyTorch
 * @returns y, of the shape of x
 * @throws Error that names the argument when a shape does not fit
 */
export function layerNorm<R extends Rank>(
  x: Tensor<R>,
  gamma: Tensor1D,
  beta: Tensor1D,
  epsilon = 1e-5,
): Tensor<R> {
  const op = 'layerNorm';
  const c = x.shape.at(-1);
  if (!c || x.size === 0)
    throw new Error(`${op}: x must be (..., c) and not empty, got (${x.shape.join(', ')}).`);
  checkShape(op, 'x', x, '..., c', x.shape);
  checkShape(op, 'gamma', gamma, 'c', [c]);
  checkShape(op, 'beta', beta, 'c', [c]);
  return runKernel('layerNorm', { x, gamma, beta }, { epsilon }) as Tensor<R>;
}

registerKernelGradient('layerNorm', ['x', 'gamma'], ({ dy, saved: [x, gamma], attrs }) => {
  const [dx, dGamma, dBeta] = runKernels('layerNormGrad', { x, gamma, dy }, attrs);
  return { x: () => dx!, gamma: () => dGamma!, beta: () => dBeta! };
});
