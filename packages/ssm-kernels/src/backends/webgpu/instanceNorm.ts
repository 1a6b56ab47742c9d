import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { INSTANCE_NORM, INSTANCE_NORM_GRAD, type InstanceNormAttrs } from '../../kernels/trainingKernels.js';
import { ChannelPasses } from './channelNorm.js';
import { output, type Backend } from './device/dispatch.js';

function passesOf(
  backend: Backend,
  x: TensorInfo,
  { epsilon, activation }: InstanceNormAttrs,
): ChannelPasses {
  const [groups, h, w, channels] = x.shape as [number, number, number, number];
  const silu = activation === 'silu';
  return new ChannelPasses(backend, { op: 'instanceNorm', groups, rows: h * w, channels, epsilon, silu });
}

export function registerInstanceNorm(): void {
  registerKernel({
    kernelName: INSTANCE_NORM,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const gpu = backend as unknown as Backend;
      const x = inputs['x'] as TensorInfo;
      const y = output(gpu, x.shape);
      const passes = passesOf(gpu, x, attrs as unknown as InstanceNormAttrs);
      passes.withStatistics((stats) => {
        passes.moments(x, stats);
        passes.normalize(x, stats, y);
      });
      return y;
    },
  });
  registerKernel({
    kernelName: INSTANCE_NORM_GRAD,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const gpu = backend as unknown as Backend;
      const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
      const dx = output(gpu, x.shape);
      const passes = passesOf(gpu, x, attrs as unknown as InstanceNormAttrs);
      passes.withStatistics((stats) => {
        passes.moments(x, stats);
        passes.gradient(x, dy, stats, dx);
      });
      return dx;
    },
  });
}
