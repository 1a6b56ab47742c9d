import type { Rank, Tensor, Tensor1D } from '@tensorflow/tfjs-core';
import { checkShape } from './checks.js';
import { registerKernelGradient, runKernel, runKernels } from '../kernels/run.js';

/**
 * The end of a Mamba block, fused: y = layerNorm(x)·silu(z), the layer normalisation as in layerNorm, over the last axis.
 * Differentiable in every input; the gradient recomputes both factors from the inputs.
 *
 * @param x input, (..., c), at least one axis
 * @param gamma scale, (c)
 * @param beta shift, (c)
 * @param z the gate, of the shape of x
 * @param epsilon added to the variance; default 1e-5, as in PyTorch
 * @returns y, of the shape of x
 * @throws Error that names the argument when a shape does not fit
 */
export function layerNormGate<R extends Rank>(
  x: Tensor<R>,
  gamma: Tensor1D,
  beta: Tensor1D,
  z: Tensor<R>,
  epsilon = 1e-5,
): Tensor<R> {
  const op = 'layerNormGate';
  const c = x.shape.at(-1);
  if (!c || x.size === 0)
    throw new Error(`${op}: x must be (..., c) and not empty, got (${x.shape.join(', ')}).`);
  checkShape(op, 'x', x, '..., c', x.shape);
  checkShape(op, 'gamma', gamma, 'c', [c]);
  checkShape(op, 'beta', beta, 'c', [c]);
  checkShape(op, 'z', z, '..., c', x.shape);
  return runKernel('layerNormGate', { x, gamma, beta, z }, { epsilon }) as Tensor<R>;
}

registerKernelGradient(
  'layerNormGate',
  ['x', 'gamma', 'beta', 'z'],
  ({ dy, saved: [x, gamma, beta, z], attrs }) => {
    const [dx, dGamma, dBeta, dz] = runKernels('layerNormGateGrad', { x, gamma, beta, z, dy }, attrs);
    return { x: () => dx!, gamma: () => dGamma!, beta: () => dBeta!, z: () => dz! };
  },
);
