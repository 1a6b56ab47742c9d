import { util } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../../kernels/table.js';
import type { CudaBackend } from './backend/backend.js';

export const scaledSum: Kernel<CudaBackend, 'scaledSum'> = (backend, { x, z, scale }, { alpha, beta }) => {
  const y = backend.output(x.shape);
  const count = util.sizeFromShape(x.shape);
  backend.each('scaledSum_all', 'ScaledSumParams', count, {
    x: backend.address(x),
    z: backend.address(z),
    scale: scale && backend.address(scale),
    y: backend.address(y),
    count,
    each: count / (scale?.shape[0] ?? 1),
    alpha,
    beta,
  });
  return y;
};
