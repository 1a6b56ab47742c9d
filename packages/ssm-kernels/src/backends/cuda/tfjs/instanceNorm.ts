import type { CudaBackend } from '@pyramid-mamba/tfjs-backend-cuda/extend';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { Kernel } from '../../../kernels/table.js';
import { moments, normalise, normaliseGrad, type Channels } from './channelNorm.js';

function sizesOf({ shape }: TensorInfo): Channels {
  const [groups, height, width, channels] = shape as [number, number, number, number];
  return { groups, rows: height * width, channels };
}

export const instanceNorm: Kernel<CudaBackend, 'instanceNorm'> = (
  backend,
  { x },
  { epsilon, activation },
) => {
  const sizes = sizesOf(x);
  const y = backend.output(x.shape);
  const numbers = sizes.groups * sizes.channels;
  backend.withScratch(2 * numbers, ({ address: mean }) => {
    const of = { mean, variance: mean + BigInt(4 * numbers) };
    const from = backend.address(x);
    moments(backend, from, sizes, of.mean, of.variance);
    normalise(backend, from, backend.address(y), sizes, of, { epsilon, silu: activation === 'silu' });
  });
  return y;
};

export const instanceNormGrad: Kernel<CudaBackend, 'instanceNormGrad'> = (
  backend,
  { x, dy },
  { epsilon, activation },
) => {
  const sizes = sizesOf(x);
  const dx = backend.output(x.shape);
  const numbers = sizes.groups * sizes.channels;
  backend.withScratch(2 * numbers, ({ address: ofDn }) =>
    normaliseGrad(
      backend,
      { x: backend.address(x), dy: backend.address(dy), dx: backend.address(dx) },
      sizes,
      { ofDn, ofDnN: ofDn + BigInt(4 * numbers) },
      { epsilon, silu: activation === 'silu' },
    ),
  );
  return dx;
};
