import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core';
import { checkRank, checkShape } from './checks.js';
import { registerKernelGradient, runKernel, runKernels } from '../kernels/run.js';

/**
 * silu(convolution + bias) in one pass, the convolution depthwise, of stride 1 and padded with k // 2 zeros on every side.
 * Differentiable in every input; the gradient recomputes the convolution instead of storing the argument of silu.
 *
 * @param x pictures, (b, h, w, c)
 * @param filter (k, k, c, 1), k odd
 * @param bias (c)
 * @returns y, (b, h, w, c)
 * @throws Error that names the argument when a shape does not fit, the kernel is even or the channel multiplier is not 1
 */
export function depthwiseConvSilu(x: Tensor4D, filter: Tensor4D, bias: Tensor1D): Tensor4D {
  const op = 'depthwiseConvSilu';
  const c = checkRank(op, 'x', x, 'b, h, w, c')[3]!;
  const [k, , , multiplier] = checkRank(op, 'filter', filter, 'k, k, c, 1');
  if (k! % 2 === 0) throw new Error(`${op}: the kernel size k of filter must be odd, got ${k}.`);
  if (multiplier !== 1)
    throw new Error(`${op}: the channel multiplier, filter's last axis, must be 1, got ${multiplier}.`);
  checkShape(op, 'filter', filter, 'k, k, c, 1', [k!, k!, c, 1]);
  checkShape(op, 'bias', bias, 'c', [c]);
  return runKernel('depthwiseConvSilu', { x, filter, bias }) as Tensor4D;
}

registerKernelGradient('depthwiseConvSilu', ['x', 'filter', 'bias'], ({ dy, saved: [x, filter, bias] }) => {
  const [dx, dFilter, dBias] = runKernels('depthwiseConvSiluGrad', {
    x,
    filter,
    bias,
    dy,
  });
  return { x: () => dx!, filter: () => dFilter!, bias: () => dBias! };
});
