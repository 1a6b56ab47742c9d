import type { CudaBackend } from '@pyramid-mamba/tfjs-backend-cuda/extend';
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../../kernels/table.js';
import { moments, normalise, normaliseGrad, type Channels } from './channelNorm.js';

function sizesOf({ shape }: TensorInfo): Channels {
  const channels = shape.at(-1)!;
  return { groups: 1, rows: util.sizeFromShape(shape) / channels, channels };
}

export const batchNormTrain: Kernel<CudaBackend, 'batchNormTrain'> = (
  backend,
  { x, gamma, beta },
  { epsilon },
) => {
  const sizes = sizesOf(x);
  const y = backend.output(x.shape);
  const [mean, variance] = [backend.output([sizes.channels]), backend.output([sizes.channels])];
  const of = { mean: backend.address(mean), variance: backend.address(variance) };
  const from = backend.address(x);
  moments(backend, from, sizes, of.mean, of.variance);
  const scales = { gamma: backend.address(gamma), beta: backend.address(beta) };
  normalise(backend, from, backend.address(y), sizes, of, { epsilon, ...scales });
  return [y, mean, variance];
};

export const batchNormTrainGrad: Kernel<CudaBackend, 'batchNormTrainGrad'> = (
  backend,
  { x, gamma, dy },
  { epsilon },
) => {
  const dx = backend.output(x.shape);
  const [dGamma, dBeta] = [backend.output(gamma.shape), backend.output(gamma.shape)];
  normaliseGrad(
    backend,
    { x: backend.address(x), dy: backend.address(dy), dx: backend.address(dx) },
    sizesOf(x),
    { ofDn: backend.address(dBeta), ofDnN: backend.address(dGamma) },
    { epsilon, gamma: backend.address(gamma) },
  );
  return [dx, dGamma, dBeta];
};
