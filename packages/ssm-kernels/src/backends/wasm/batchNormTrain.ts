import { util } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../kernels/table.js';
import { call, output, pointers, withScratch, type WasmBackend } from './module/module.js';

/** Floats of scratch per channel; see assembly/normalisation/batchNormTrain.ts. */
const SCRATCH = 3;

export const batchNormTrain: Kernel<WasmBackend, 'batchNormTrain'> = (
  backend,
  { x, gamma, beta },
  { epsilon },
) => {
  const c = x.shape.at(-1)!;
  const rows = util.sizeFromShape(x.shape) / c;
  const [y, means, variances] = [output(backend, x.shape), output(backend, [c]), output(backend, [c])];
  const offsets = pointers(backend, { x, gamma, beta, y, means, variances });
  withScratch(backend, SCRATCH * c, (scratch) =>
    call(backend, 'batchNormTrain', { ...offsets, scratch, rows, c, epsilon }),
  );
  return [y, means, variances];
};

export const batchNormTrainGrad: Kernel<WasmBackend, 'batchNormTrainGrad'> = (
  backend,
  { x, gamma, mean, variance, dy },
  { epsilon },
) => {
  const c = x.shape.at(-1)!;
  const rows = util.sizeFromShape(x.shape) / c;
  const [dx, dGamma, dBeta] = [output(backend, x.shape), output(backend, [c]), output(backend, [c])];
  const offsets = pointers(backend, { x, gamma, means: mean, variances: variance, dy, dx, dGamma, dBeta });
  withScratch(backend, SCRATCH * c, (scratch) =>
    call(backend, 'batchNormTrainGrad', { ...offsets, scratch, rows, c, epsilon }),
  );
  return [dx, dGamma, dBeta];
};
