import { util } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../kernels/table.js';
import { call, output, pointer, withScratch, type WasmBackend } from './module/module.js';
import { SIGMOID_CONSTANTS } from './module/sigmoidConstants.js';

export const layerNormGate: Kernel<WasmBackend, 'layerNormGate'> = (
  backend,
  { x, gamma, beta, z },
  { epsilon },
) => {
  const c = gamma.shape[0]!;
  const rows = util.sizeFromShape(x.shape) / c;
  const y = output(backend, x.shape);
  const offsets = {
    x: pointer(backend, x),
    gamma: pointer(backend, gamma),
    beta: pointer(backend, beta),
    z: pointer(backend, z),
    y: pointer(backend, y),
  };
  withScratch(backend, SIGMOID_CONSTANTS, (scratch) =>
    call(backend, 'layerNormGate', { scratch, rows, c, epsilon, ...offsets }),
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
  const offsets = {
    x: pointer(backend, x),
    gamma: pointer(backend, gamma),
    beta: pointer(backend, beta),
    z: pointer(backend, z),
    dy: pointer(backend, dy),
    dx: pointer(backend, dx),
    dGamma: pointer(backend, dGamma),
    dBeta: pointer(backend, dBeta),
    dz: pointer(backend, dz),
  };
  withScratch(backend, SIGMOID_CONSTANTS, (scratch) =>
    call(backend, 'layerNormGateGrad', { scratch, rows, c, epsilon, ...offsets }),
  );
  return [dx, dGamma, dBeta, dz];
};
