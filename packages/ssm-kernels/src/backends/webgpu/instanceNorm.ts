import type { InstanceNormAttrs } from '../../kernels/signatures.js';
import type { Kernel } from '../../kernels/table.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { ChannelPasses } from './channelNorm.js';
import { output, type WebGpuBackend } from './device/dispatch.js';

function passesOf(
  backend: WebGpuBackend,
  x: TensorInfo,
  { epsilon, activation }: InstanceNormAttrs,
): ChannelPasses {
  const [groups, h, w, channels] = x.shape as [number, number, number, number];
  const silu = activation === 'silu';
  return new ChannelPasses(backend, { op: 'instanceNorm', groups, rows: h * w, channels, epsilon, silu });
}

export const instanceNorm: Kernel<WebGpuBackend, 'instanceNorm'> = (backend, inputs, attrs) => {
  const x = inputs.x;
  const y = output(backend, x.shape);
  const passes = passesOf(backend, x, attrs);
  passes.withStatistics((stats) => {
    passes.moments(x, stats);
    passes.normalize(x, stats, y);
  });
  return y;
};

export const instanceNormGrad: Kernel<WebGpuBackend, 'instanceNormGrad'> = (backend, { x, dy }, attrs) => {
  const dx = output(backend, x.shape);
  const passes = passesOf(backend, x, attrs);
  passes.withStatistics((stats) => {
    passes.moments(x, stats);
    passes.gradient(x, dy, stats, dx);
  });
  return dx;
};
