import type { Kernel } from '../../kernels/table.js';
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import { ChannelPasses, MEAN, SUM_DN, SUM_DN_N, VARIANCE } from './channelNorm.js';
import { copy, output, withScratch, type WebGpuBackend } from './device/dispatch.js';

/** One group of all rows, with gamma and beta (or gamma alone, for the gradient) in one tensor. */
function withPasses(
  backend: WebGpuBackend,
  x: TensorInfo,
  [gamma, beta]: readonly [TensorInfo, TensorInfo?],
  epsilon: number,
  use: (passes: ChannelPasses, stats: TensorInfo, channels: number) => void,
): void {
  const channels = x.shape.at(-1)!;
  const rows = util.sizeFromShape(x.shape) / channels;
  withScratch(backend, [2 * channels], (affine) => {
    copy(backend, gamma, affine!, { count: channels });
    if (beta) copy(backend, beta, affine!, { toFirst: channels, count: channels });
    const passes = new ChannelPasses(backend, {
      op: 'batchNormTrain',
      groups: 1,
      rows,
      channels,
      epsilon,
      affine: affine!,
    });
    passes.withStatistics((stats) => use(passes, stats, channels));
  });
}

export const batchNormTrain: Kernel<WebGpuBackend, 'batchNormTrain'> = (
  backend,
  { x, gamma, beta },
  { epsilon },
) => {
  const [y, mean, variance] = [x, gamma, gamma].map(({ shape }) => output(backend, shape)) as [
    TensorInfo,
    TensorInfo,
    TensorInfo,
  ];
  withPasses(backend, x, [gamma, beta], epsilon, (passes, stats, count) => {
    passes.moments(x, stats);
    passes.normalize(x, stats, y);
    copy(backend, stats, mean, { fromFirst: MEAN * count, count });
    copy(backend, stats, variance, { fromFirst: VARIANCE * count, count });
  });
  return [y, mean, variance];
};

export const batchNormTrainGrad: Kernel<WebGpuBackend, 'batchNormTrainGrad'> = (
  backend,
  { x, gamma, mean, variance, dy },
  { epsilon },
) => {
  const [dx, dGamma, dBeta] = [x, gamma, gamma].map(({ shape }) => output(backend, shape)) as [
    TensorInfo,
    TensorInfo,
    TensorInfo,
  ];
  withPasses(backend, x, [gamma], epsilon, (passes, stats, count) => {
    copy(backend, mean, stats, { toFirst: MEAN * count, count });
    copy(backend, variance, stats, { toFirst: VARIANCE * count, count });
    passes.gradient(x, dy, stats, dx);
    copy(backend, stats, dGamma, { fromFirst: SUM_DN_N * count, count });
    copy(backend, stats, dBeta, { fromFirst: SUM_DN * count, count });
  });
  return [dx, dGamma, dBeta];
};
