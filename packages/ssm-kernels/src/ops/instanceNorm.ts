import type { Tensor4D } from '@tensorflow/tfjs-core';
import { checkRank } from './checks.js';
import { registerKernelGradient, runKernel } from '../kernels/run.js';
import type { InstanceNormAttrs } from '../kernels/signatures.js';

export interface InstanceNormOptions {
  /** Added to the variance. Default 1e-5, as in PyTorch. */
  epsilon?: number;
  /** Applied to the normalised values in the same pass: silu(n) = n·sigmoid(n). Default 'none'. */
  activation?: 'none' | 'silu';
}

/**
 * Instance normalisation (Ulyanov et al. 2016) without scale and shift: each channel of each picture with its own mean and
 * biased variance over the pixels, y = activation((x − mean) / √(variance + ε)). Differentiable in x.
 *
 * @param x input, (b, h, w, c)
 * @returns y, (b, h, w, c)
 * @throws Error that names the invalid argument
 */
export function instanceNorm(
  x: Tensor4D,
  { epsilon = 1e-5, activation = 'none' }: InstanceNormOptions = {},
): Tensor4D {
  checkRank('instanceNorm', 'x', x, 'b, h, w, c');
  if (activation !== 'none' && activation !== 'silu')
    throw new Error(`instanceNorm: activation must be 'none' or 'silu', got ${String(activation)}.`);
  const attrs: InstanceNormAttrs = { epsilon, activation };
  return runKernel('instanceNorm', { x }, attrs) as Tensor4D;
}

registerKernelGradient('instanceNorm', ['x'], ({ dy, saved: [x], attrs }) => ({
  x: () => runKernel('instanceNormGrad', { x, dy }, attrs),
}));
