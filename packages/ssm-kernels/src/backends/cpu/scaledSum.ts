import type { Kernel } from '../../kernels/table.js';
import { util } from '@tensorflow/tfjs-core';
import { tensorOf, values, type CpuBackend } from './tensors.js';

export const scaledSum: Kernel<CpuBackend, 'scaledSum'> = (backend, { x, z, scale }, { alpha, beta }) => {
  const [xs, zs] = [values(backend, x), values(backend, z)];
  const scales = scale && values(backend, scale);
  const size = util.sizeFromShape(x.shape);
  const each = size / (scale?.shape[0] ?? 1);
  const y = Float64Array.from({ length: size }, (_, i) => {
    const s = scales ? scales[Math.floor(i / each)]! : 1;
    return (alpha === 0 ? 0 : alpha * xs[i]!) + beta * s * zs[i]!;
  });
  return tensorOf(backend, x.shape, y);
};
