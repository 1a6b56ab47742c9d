import type { Kernel } from '../../kernels/table.js';
import { util, type TensorInfo } from '@tensorflow/tfjs-core';
import { dispatch, folded, output, runs, type WebGpuBackend } from './device/dispatch.js';

const WORKGROUP = 64;

export const scaledSum: Kernel<WebGpuBackend, 'scaledSum'> = (backend, { x, z, scale }, { alpha, beta }) => {
  const size = util.sizeFromShape(x.shape);
  const y = output(backend, x.shape);
  const each = size / (scale?.shape[0] ?? 1);
  // ranges of 64 start at the binding alignment: no offsets within a binding
  for (const run of runs(backend, 'scaledSum', Math.ceil(size / WORKGROUP), WORKGROUP)) {
    const first = run.first * WORKGROUP;
    const count = Math.min(run.count * WORKGROUP, size - first);
    const part = (tensor: TensorInfo): { tensor: TensorInfo; first: number; count: number } => ({
      tensor,
      first,
      count,
    });
    dispatch(
      backend,
      { shader: 'scaledSum', entry: scale ? 'scaledSumRuns' : 'scaledSum' },
      { 0: part(x), 1: part(z), ...(scale && { 2: scale }), 3: part(y) },
      { at: 4, values: [count, first, each, { f32: alpha }, { f32: beta }] },
      folded(run.count),
    );
  }
  return y;
};
