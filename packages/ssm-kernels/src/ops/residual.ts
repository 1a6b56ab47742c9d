import { clone, customGrad, type Rank, type Tensor, type Tensor1D } from '@tensorflow/tfjs-core';
import { checkShape } from './checks.js';
import { runKernel } from '../kernels/run.js';
import type { ScaledSumAttrs } from '../kernels/signatures.js';

export interface ResidualOptions {
  /** Multiplies each picture's branch, (b): the random draw of drop path. A constant: no gradient flows through it. Default: 1. */
  scale?: Tensor1D;
  /** Multiplies every branch. Default 1. */
  factor?: number;
}

/**
 * A residual connection, x + factor·scale·branch, optionally with one scale per picture (stochastic depth, Huang et al.
 * 2016). Differentiable in x and branch; nothing is broadcast.
 *
 * @param x (b, ...)
 * @param branch of the shape of x
 * @returns of the shape of x
 * @throws Error that names the argument when a shape does not fit
 */
export function residual<R extends Rank>(
  x: Tensor<R>,
  branch: Tensor<R>,
  { scale, factor = 1 }: ResidualOptions = {},
): Tensor<R> {
  const op = 'residual';
  const letters = 'b, ...';
  checkShape(op, 'x', x, letters, x.shape);
  checkShape(op, 'branch', branch, letters, x.shape);
  if (scale) {
    if (x.rank === 0) throw new Error(`${op}: x must be (b, ...) if a scale is given, got a scalar.`);
    checkShape(op, 'scale', scale, 'b', [x.shape[0]!]);
  }
  const add = customGrad((...inputs) => {
    const [a, z] = inputs as Tensor[];
    const save = inputs.at(-1) as (tensors: Tensor[]) => void;
    if (scale) save([scale]);
    return {
      value: scaledSum(a!, z!, { alpha: 1, beta: factor }, scale),
      // second tensors of the same data: tfjs disposes of a gradient after adding another one to it
      gradFunc: (dy: Tensor, saved: Tensor[]) => [
        clone(dy),
        scale || factor !== 1 ? scaledSum(dy, dy, { alpha: 0, beta: factor }, saved[0]) : clone(dy),
      ],
    };
  });
  return add(x, branch) as Tensor<R>;
}

function scaledSum(x: Tensor, z: Tensor, attrs: ScaledSumAttrs, scale?: Tensor): Tensor {
  return runKernel('scaledSum', { x, z, ...(scale && { scale }) }, attrs);
}
