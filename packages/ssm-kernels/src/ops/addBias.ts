import { add, clone, customGrad, engine, type Rank, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { checkShape } from './checks.js';
import { COLUMN_SUMS } from '../kernels/trainingKernels.js';

/**
 * x + bias over the last axis, differentiable in both. The gradient of the bias is a compensated sum: before a
 * normalisation it is exactly zero, and plain float32 sums over thousands of pixels would turn it into noise.
 *
 * @param x (..., c)
 * @param bias (c)
 * @throws Error that names the argument when a shape does not fit
 */
export function addBias<R extends Rank>(x: Tensor<R>, bias: Tensor1D): Tensor<R> {
  const c = x.shape.at(-1);
  if (!c || x.size === 0)
    throw new Error(`addBias: x must be (..., c) and not empty, got (${x.shape.join(', ')}).`);
  checkShape('addBias', 'bias', bias, 'c', [c]);
  return withBias(x, bias) as Tensor<R>;
}

const withBias = customGrad((...inputs) => {
  const [x, bias] = inputs as Tensor[];
  return {
    value: add(x!, bias!),
    // a second tensor of the same data: tfjs disposes of a gradient after adding another one to it
    gradFunc: (dy: Tensor) => [clone(dy), engine().runKernel<Tensor>(COLUMN_SUMS, { x: dy }, {})],
  };
});
