import { util } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../kernels/table.js';
import { call, output, pointer, withScratch, type WasmBackend } from './module/module.js';

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
  const offsets = {
    x: pointer(backend, x),
    gamma: pointer(backend, gamma),
    beta: pointer(backend, beta),
    y: pointer(backend, y),
    means: pointer(backend, means),
    variances: pointer(backend, variances),
  };
  withScratch(backend, SCRATCH * c, (scratch) =>
    call(backend, 'batchNormTrain', { scratch, rows, c, epsilon, ...offsets }),
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
  const offsets = {
    x: pointer(backend, x),
    gamma: pointer(backend, gamma),
    means: pointer(backend, mean),
    variances: pointer(backend, variance),
    dy: pointer(backend, dy),
    dx: pointer(backend, dx),
    dGamma: pointer(backend, dGamma),
    dBeta: pointer(backend, dBeta),
  };
  withScratch(backend, SCRATCH * c, (scratch) =>
    call(backend, 'batchNormTrainGrad', { scratch, rows, c, epsilon, ...offsets }),
  );
  return [dx, dGamma, dBeta];
};
