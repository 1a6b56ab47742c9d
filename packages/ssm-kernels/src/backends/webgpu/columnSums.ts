import type { Kernel } from '../../kernels/table.js';
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import { ChannelPasses } from './channelNorm.js';
import { output, type WebGpuBackend } from './device/dispatch.js';

/** Compensated sums over all axes but the last. */
export function sumColumns(backend: WebGpuBackend, x: TensorInfo, sums: TensorInfo): void {
  const channels = x.shape.at(-1)!;
  const rows = util.sizeFromShape(x.shape) / channels;
  new ChannelPasses(backend, { op: 'columnSums', groups: 1, rows, channels }).sum(x, sums, 1);
}

export const columnSums: Kernel<WebGpuBackend, 'columnSums'> = (backend, { x }) => {
  const sums = output(backend, [x.shape.at(-1)!]);
  sumColumns(backend, x, sums);
  return sums;
};
