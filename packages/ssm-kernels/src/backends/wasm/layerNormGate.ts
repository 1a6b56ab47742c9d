import { util } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../kernels/table.js';
import {
  call,
  callAll,
  output,
  pointer,
  shares,
  withScratch,
  type WasmBackend,
  type WasmCall,
} from './module/module.js';
import { SIGMOID_CONSTANTS } from './module/sigmoidConstants.js';

/** Numbers that are worth a thread: some 50 µs. */
const WORTH = 20_000;

export const layerNormGate: Kernel<WasmBackend, 'layerNormGate'> = (
  backend,
  { x, gamma, beta, z },
  { epsilon },
) => {
  const c = gamma.shape[0]!;
  const rows = util.sizeFromShape(x.shape) / c;
  const y = output(backend, x.shape);
  const [xs, zs, ys] = [pointer(backend, x), pointer(backend, z), pointer(backend, y)];
  const affine = { gamma: pointer(backend, gamma), beta: pointer(backend, beta) };
  const ranges = shares(backend, rows, 1, WORTH / c);
  withScratch(backend, SIGMOID_CONSTANTS * ranges.length, (scratch) =>
    callAll(
      backend,
      ranges.map(({ from, to }, i): WasmCall[] => {
        const bytes = 4 * from * c;
        const share = { x: xs + bytes, z: zs + bytes, y: ys + bytes, rows: to - from };
        return [
          [
            'layerNormGate',
            { scratch: scratch + 4 * SIGMOID_CONSTANTS * i, c, epsilon, ...affine, ...share },
          ],
        ];
      }),
    ),
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
