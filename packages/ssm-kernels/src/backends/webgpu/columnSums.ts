import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { COLUMN_SUMS } from '../../kernels/trainingKernels.js';
import { ChannelPasses } from './channelNorm.js';
import { output, type Backend } from './device/dispatch.js';

/** Compensated sums over all axes but the last. */
export function columnSums(backend: Backend, x: TensorInfo, sums: TensorInfo): void {
  const channels = x.shape.at(-1)!;
  const rows = util.sizeFromShape(x.shape) / channels;
  new ChannelPasses(backend, { op: 'columnSums', groups: 1, rows, channels }).sum(x, sums, 1);
}

export function registerColumnSums(): void {
  registerKernel({
    kernelName: COLUMN_SUMS,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend }) => {
      const gpu = backend as unknown as Backend;
      const x = inputs['x'] as TensorInfo;
      const sums = output(gpu, [x.shape.at(-1)!]);
      columnSums(gpu, x, sums);
      return sums;
    },
  });
}
