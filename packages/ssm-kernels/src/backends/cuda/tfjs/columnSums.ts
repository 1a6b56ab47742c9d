import { PLAIN, sumColumns, type CudaBackend } from '@pyramid-mamba/tfjs-backend-cuda/extend';
import { util } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../../kernels/table.js';

export const columnSums: Kernel<CudaBackend, 'columnSums'> = (backend, { x }) => {
  const channels = x.shape.at(-1)!;
  const y = backend.output([channels]);
  const rows = util.sizeFromShape(x.shape) / channels;
  const sums = { groups: 1, rows, channels, first: backend.address(y) };
  sumColumns(backend, PLAIN, sums, { x: backend.address(x) });
  return y;
};
