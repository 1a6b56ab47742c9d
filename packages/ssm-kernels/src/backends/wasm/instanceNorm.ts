import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { InstanceNormAttrs } from '../../kernels/signatures.js';
import type { Kernel } from '../../kernels/table.js';
import { call, output, pointers, withScratch, type WasmBackend } from './module/module.js';

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
    call(backend, 'instanceNorm', { ...pointers(backend, { x, y }), scratch, ...sizes }),
  );
  return y;
};

export const instanceNormGrad: Kernel<WasmBackend, 'instanceNormGrad'> = (backend, { x, dy }, attrs) => {
  const dx = output(backend, x.shape);
  const sizes = settings(x, attrs);
  withScratch(backend, SCRATCH * sizes.c, (scratch) =>
    call(backend, 'instanceNormGrad', { ...pointers(backend, { x, dy, dx }), scratch, ...sizes }),
  );
  return dx;
};
