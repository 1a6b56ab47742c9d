import { util } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../kernels/table.js';
import { call, callAll, output, pointer, shares, type WasmBackend, type WasmCall } from './module/module.js';

/** Numbers that are worth a thread: some 50 µs. */
const WORTH = 50_000;

export const layerNorm: Kernel<WasmBackend, 'layerNorm'> = (backend, { x, gamma, beta }, { epsilon }) => {
  const c = gamma.shape[0]!;
  const rows = util.sizeFromShape(x.shape) / c;
  const y = output(backend, x.shape);
  const [from, to] = [pointer(backend, x), pointer(backend, y)];
  const affine = { gamma: pointer(backend, gamma), beta: pointer(backend, beta) };
  callAll(
    backend,
    shares(backend, rows, 1, WORTH / c).map((share): WasmCall[] => {
      const bytes = 4 * share.from * c;
      return [
        ['layerNorm', { x: from + bytes, y: to + bytes, rows: share.to - share.from, c, epsilon, ...affine }],
      ];
    }),
  );
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
