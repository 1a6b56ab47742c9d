import { util } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../kernels/table.js';
import { call, output, pointers, type WasmBackend } from './module/module.js';

export const layerNorm: Kernel<WasmBackend, 'layerNorm'> = (backend, { x, gamma, beta }, { epsilon }) => {
  const c = gamma.shape[0]!;
  const rows = util.sizeFromShape(x.shape) / c;
  const y = output(backend, x.shape);
  call(backend, 'layerNorm', { ...pointers(backend, { x, gamma, beta, y }), rows, c, epsilon });
  return y;
};

export const layerNormGrad: Kernel<WasmBackend, 'layerNormGrad'> = (
  backend,
  { x, gamma, dy },
  { epsilon },
) => {
  const c = gamma.shape[0]!;
  const rows = util.sizeFromShape(x.shape) / c;
  const [dx, dGamma, dBeta] = [output(backend, x.shape), output(backend, [c]), output(backend, [c])];
  const tensors = { x, gamma, dy, dx, dGamma, dBeta };
  call(backend, 'layerNormGrad', { ...pointers(backend, tensors), rows, c, epsilon });
  return [dx, dGamma, dBeta];
};
