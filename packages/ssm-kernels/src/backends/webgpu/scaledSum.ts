import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { SCALED_SUM, type ScaledSumAttrs } from '../../kernels/trainingKernels.js';
import { dispatch, folded, output, runs, type Backend } from './device/dispatch.js';

const WORKGROUP = 64;

export function registerScaledSum(): void {
  registerKernel({
    kernelName: SCALED_SUM,
    backendName: 'webgpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const gpu = backend as unknown as Backend;
      const { x, z, scale } = inputs as { x: TensorInfo; z: TensorInfo; scale?: TensorInfo };
      const { alpha, beta } = attrs as unknown as ScaledSumAttrs;
      const size = util.sizeFromShape(x.shape);
      const y = output(gpu, x.shape);
      const each = size / (scale?.shape[0] ?? 1);
      // ranges of 64 start at the binding alignment: no offsets within a binding
      for (const run of runs(gpu, 'scaledSum', Math.ceil(size / WORKGROUP), WORKGROUP)) {
        const first = run.first * WORKGROUP;
        const count = Math.min(run.count * WORKGROUP, size - first);
        const part = (tensor: TensorInfo): { tensor: TensorInfo; first: number; count: number } => ({
          tensor,
          first,
          count,
        });
        dispatch(
          gpu,
          { shader: 'scaledSum', entry: scale ? 'scaledSumRuns' : 'scaledSum' },
          { 0: part(x), 1: part(z), ...(scale && { 2: scale }), 3: part(y) },
          { at: 4, values: [count, first, each, { f32: alpha }, { f32: beta }] },
          folded(run.count),
        );
      }
      return y;
    },
  });
}
