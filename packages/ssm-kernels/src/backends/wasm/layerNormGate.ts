import { util } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../kernels/table.js';
import { call, output, pointers, withScratch, type WasmBackend } from './module/module.js';
import { SIGMOID_CONSTANTS } from './module/sigmoidConstants.js';

export const layerNormGate: Kernel<WasmBackend, 'layerNormGate'> = (
  backend,
  { x, gamma, beta, z },
  { epsilon },
) => {
  const c = gamma.shape[0]!;
  const rows = util.sizeFromShape(x.shape) / c;
  const y = output(backend, x.shape);
  const offsets = pointers(backend, { x, gamma, beta, z, y });
  withScratch(backend, SIGMOID_CONSTANTS, (scratch) =>
    call(backend, 'layerNormGate', { ...offsets, scratch, rows, c, epsilon }),
  );
  return y;
};

export const layerNormGateGrad: Kernel<WasmBackend, 'layerNormGateGrad'> = (
  backend,
  { x, gamma, beta, z, dy },
  { epsilon },
) => {
  const c = gamma.shape[0]!;
  const rows = util.sizeFromShape(x.shape) / c;
  const [dx, dGamma] = [output(backend, x.shape), output(backend, gamma.shape)];
  const [dBeta, dz] = [output(backend, beta.shape), output(backend, z.shape)];
  const offsets = pointers(backend, { x, gamma, beta, z, dy, dx, dGamma, dBeta, dz });
  withScratch(backend, SIGMOID_CONSTANTS, (scratch) =>
    call(backend, 'layerNormGateGrad', { ...offsets, scratch, rows, c, epsilon }),
  );
  return [dx, dGamma, dBeta, dz];
};
