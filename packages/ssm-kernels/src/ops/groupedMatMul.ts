import type { Tensor3D } from '@tensorflow/tfjs-core';
import { checkRank, checkShape } from './checks.js';
import { registerKernelGradient, runKernel } from '../kernels/run.js';

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
  return runKernel('groupedMatMul', { x, w }) as Tensor3D;
}

registerKernelGradient('groupedMatMul', ['x', 'w'], ({ dy, saved: [x, w] }) => {
  return {
    x: () => runKernel('groupedMatMulGradX', { dy, w }),
    w: () => runKernel('groupedMatMulGradW', { x, dy }),
  };
});
