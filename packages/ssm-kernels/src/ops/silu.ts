import { engine, registerGradient, type Rank, type Tensor } from '@tensorflow/tfjs-core';
import { checkShape } from './checks.js';
import { SILU, SILU_GATE, SILU_GATE_GRAD, SILU_GRAD } from '../kernels/trainingKernels.js';

/**
 * x·sigmoid(x), also called swish, differentiable in x.
 *
 * @param x float32, any shape
 * @returns y, of the shape of x
 */
export function silu<R extends Rank>(x: Tensor<R>): Tensor<R> {
  checkShape('silu', 'x', x, '...', x.shape);
  return engine().runKernel(SILU, { x });
}

/**
 * The gate of a Mamba block, x·silu(z), differentiable in both inputs.
 *
 * @param x float32, any shape
 * @param z the gate, of the shape of x
 * @returns y, of the shape of x
 * @throws Error when the two shapes differ
 */
export function siluGate<R extends Rank>(x: Tensor<R>, z: Tensor<R>): Tensor<R> {
  checkShape('siluGate', 'x', x, '...', x.shape);
  checkShape('siluGate', 'z', z, '...', x.shape);
  return engine().runKernel(SILU_GATE, { x, z });
}

registerGradient({
  kernelName: SILU,
  inputsToSave: ['x'],
  gradFunc: (dy, saved) => ({
    x: () => engine().runKernel<Tensor>(SILU_GRAD, { x: saved[0]!, dy: dy as Tensor }),
  }),
});

registerGradient({
  kernelName: SILU_GATE,
  inputsToSave: ['x', 'z'],
  gradFunc: (dy, saved) => {
    const [x, z] = saved as [Tensor, Tensor];
    const [dx, dz] = engine().runKernel<Tensor[]>(SILU_GATE_GRAD, { x, z, dy: dy as Tensor });
    return { x: () => dx!, z: () => dz! };
  },
});
