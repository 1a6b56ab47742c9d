import type { Kernel } from '../../kernels/table.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

/** The sum over all axes but the last: (..., c) to (c). */
export const columnSums: Kernel<CpuBackend, 'columnSums'> = (backend, inputs) => {
  const x = inputs.x;
  const c = x.shape.at(-1)!;
  const data = values(backend, x);
  const sums = new Float64Array(c);
  for (let i = 0; i < data.length; i++) sums[i % c]! += data[i]!;
  return tensorOf(backend, [c], sums);
};
