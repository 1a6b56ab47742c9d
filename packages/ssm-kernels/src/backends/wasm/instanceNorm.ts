import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { InstanceNormAttrs } from '../../kernels/signatures.js';
import type { Kernel } from '../../kernels/table.js';
import { call, output, pointer, withScratch, type WasmBackend } from './module/module.js';

/** Floats of scratch per channel; see assembly/normalisation/instanceNorm.ts. */
const SCRATCH = 5;

/** What both functions take beside their tensors. */
function settings(
  { shape }: TensorInfo,
  { epsilon, activation }: InstanceNormAttrs,
): Record<'batch' | 'pixels' | 'c' | 'epsilon' | 'activate', number> {
  const [batch, h, w, c] = shape as [number, number, number, number];
  return { batch, pixels: h * w, c, epsilon, activate: activation === 'silu' ? 1 : 0 };
}

export const instanceNorm: Kernel<WasmBackend, 'instanceNorm'> = (backend, { x }, attrs) => {
  const y = output(backend, x.shape);
  const sizes = settings(x, attrs);
  withScratch(backend, SCRATCH * sizes.c, (scratch) =>
    call(backend, 'instanceNorm', { x: pointer(backend, x), y: pointer(backend, y), scratch, ...sizes }),
  );
  return y;
};

export const instanceNormGrad: Kernel<WasmBackend, 'instanceNormGrad'> = (backend, { x, dy }, attrs) => {
  const dx = output(backend, x.shape);
  const sizes = settings(x, attrs);
  withScratch(backend, SCRATCH * sizes.c, (scratch) =>
    call(backend, 'instanceNormGrad', {
      x: pointer(backend, x),
      dy: pointer(backend, dy),
      dx: pointer(backend, dx),
      scratch,
      ...sizes,
    }),
  );
  return dx;
};
