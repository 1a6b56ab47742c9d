import { engine, registerGradient, type Tensor, type Tensor3D } from '@tensorflow/tfjs-core';
import { checkRank, checkShape } from './checks.js';
import { GROUPED_MATMUL, GROUPED_MATMUL_GRAD_W, GROUPED_MATMUL_GRAD_X } from '../kernels/trainingKernels.js';

/**
 * One matrix product per group, y[:, g, :] = x[:, g, :]·w[g], differentiable in both inputs; the activations are not transposed.
 *
 * @param x activations, (rows, g, i)
 * @param w one weight matrix per group, (g, i, o)
 * @returns y, (rows, g, o)
 * @throws Error that names the argument when a shape does not fit
 */
export function groupedMatMul(x: Tensor3D, w: Tensor3D): Tensor3D {
  const op = 'groupedMatMul';
  const [, g, i] = checkRank(op, 'x', x, 'rows, g, i') as [number, number, number];
  const o = checkRank(op, 'w', w, 'g, i, o')[2]!;
  checkShape(op, 'w', w, 'g, i, o', [g, i, o]);
  return engine().runKernel(GROUPED_MATMUL, { x, w });
}

registerGradient({
  kernelName: GROUPED_MATMUL,
  inputsToSave: ['x', 'w'],
  gradFunc: (dy, saved) => {
    const [x, w] = saved as [Tensor, Tensor];
    return {
      x: () => engine().runKernel<Tensor>(GROUPED_MATMUL_GRAD_X, { dy: dy as Tensor, w }),
      w: () => engine().runKernel<Tensor>(GROUPED_MATMUL_GRAD_W, { x, dy: dy as Tensor }),
    };
  },
});
