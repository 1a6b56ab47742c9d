import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { COLUMN_SUMS } from '../../kernels/trainingKernels.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

/** The sum over all axes but the last: (..., c) to (c). */
export function registerColumnSums(): void {
  registerKernel({
    kernelName: COLUMN_SUMS,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend }) => {
      const x = inputs['x'] as TensorInfo;
      const c = x.shape.at(-1)!;
      const data = values(backend as CpuBackend, x);
      const sums = new Float64Array(c);
      for (let i = 0; i < data.length; i++) sums[i % c]! += data[i]!;
      return tensorOf(backend as CpuBackend, [c], sums);
    },
  });
}
