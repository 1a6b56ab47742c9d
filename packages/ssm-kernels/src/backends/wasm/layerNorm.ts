import { util } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../kernels/table.js';
import { call, output, pointer, type WasmBackend } from './module/module.js';

export const layerNorm: Kernel<WasmBackend, 'layerNorm'> = (backend, { x, gamma, beta }, { epsilon }) => {
  const c = gamma.shape[0]!;
  const rows = util.sizeFromShape(x.shape) / c;
  const y = output(backend, x.shape);
  call(backend, 'layerNorm', {
    x: pointer(backend, x),
    gamma: pointer(backend, gamma),
    beta: pointer(backend, beta),
    y: pointer(backend, y),
    rows,
    c,
    epsilon,
  });
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
  call(backend, 'layerNormGrad', {
    x: pointer(backend, x),
    gamma: pointer(backend, gamma),
    dy: pointer(backend, dy),
    dx: pointer(backend, dx),
    dGamma: pointer(backend, dGamma),
    dBeta: pointer(backend, dBeta),
    rows,
    c,
    epsilon,
  });
  return [dx, dGamma, dBeta];
};
