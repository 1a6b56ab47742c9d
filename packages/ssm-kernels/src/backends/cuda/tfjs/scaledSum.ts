import type { CudaBackend } from '@pyramid-mamba/tfjs-backend-cuda/extend';
import { util } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../../kernels/table.js';
import { TRAINING } from '../sources.js';

export const scaledSum: Kernel<CudaBackend, 'scaledSum'> = (backend, { x, z, scale }, { alpha, beta }) => {
  const y = backend.output(x.shape);
  const count = util.sizeFromShape(x.shape);
  backend.each(
    'scaledSum_all',
    'ScaledSumParams',
    count,
    {
      x: backend.address(x),
      z: backend.address(z),
      scale: scale && backend.address(scale),
      y: backend.address(y),
      count,
      each: count / (scale?.shape[0] ?? 1),
      alpha,
      beta,
    },
    TRAINING,
  );
  return y;
};
