import { util } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../../kernels/table.js';
import type { CudaBackend } from './backend/backend.js';
import { sumColumns } from './backend/columns.js';

export const columnSums: Kernel<CudaBackend, 'columnSums'> = (backend, { x }) => {
  const channels = x.shape.at(-1)!;
  const y = backend.output([channels]);
  const rows = util.sizeFromShape(x.shape) / channels;
  const sums = { groups: 1, rows, channels, first: backend.address(y) };
  sumColumns(backend, 'plain', sums, { x: backend.address(x) });
  return y;
};
