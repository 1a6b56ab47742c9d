import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import {
  BATCH_NORM_TRAIN,
  BATCH_NORM_TRAIN_GRAD,
  type LayerNormAttrs,
} from '../../kernels/trainingKernels.js';
import { ChannelPasses, MEAN, SUM_DN, SUM_DN_N, VARIANCE } from './channelNorm.js';
import { copy, output, withScratch, type Backend } from './device/dispatch.js';

/** One group of all rows, with gamma and beta (or gamma alone, for the gradient) in one tensor. */
function withPasses(
  backend: Backend,
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

export function registerBatchNormTrain(): void {
  registerKernel({
    kernelName: BATCH_NORM_TRAIN,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const gpu = backend as unknown as Backend;
      const { x, gamma, beta } = inputs as Record<'x' | 'gamma' | 'beta', TensorInfo>;
      const { epsilon } = attrs as unknown as LayerNormAttrs;
      const [y, mean, variance] = [x, gamma, gamma].map(({ shape }) => output(gpu, shape)) as [
        TensorInfo,
        TensorInfo,
        TensorInfo,
      ];
      withPasses(gpu, x, [gamma, beta], epsilon, (passes, stats, count) => {
        passes.moments(x, stats);
        passes.normalize(x, stats, y);
        copy(gpu, stats, mean, { fromFirst: MEAN * count, count });
        copy(gpu, stats, variance, { fromFirst: VARIANCE * count, count });
      });
      return [y, mean, variance];
    },
  });
  registerKernel({
    kernelName: BATCH_NORM_TRAIN_GRAD,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const gpu = backend as unknown as Backend;
      const { x, gamma, mean, variance, dy } = inputs as Record<
        'x' | 'gamma' | 'mean' | 'variance' | 'dy',
        TensorInfo
      >;
      const { epsilon } = attrs as unknown as LayerNormAttrs;
      const [dx, dGamma, dBeta] = [x, gamma, gamma].map(({ shape }) => output(gpu, shape)) as [
        TensorInfo,
        TensorInfo,
        TensorInfo,
      ];
      withPasses(gpu, x, [gamma], epsilon, (passes, stats, count) => {
        copy(gpu, mean, stats, { toFirst: MEAN * count, count });
        copy(gpu, variance, stats, { toFirst: VARIANCE * count, count });
        passes.gradient(x, dy, stats, dx);
        copy(gpu, stats, dGamma, { fromFirst: SUM_DN_N * count, count });
        copy(gpu, stats, dBeta, { fromFirst: SUM_DN * count, count });
      });
      return [dx, dGamma, dBeta];
    },
  });
}
