import { registerKernel, util, type TensorInfo } from '@tensorflow/tfjs-core';
import { SCALED_SUM, type ScaledSumAttrs } from '../../kernels/trainingKernels.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

export function registerScaledSum(): void {
  registerKernel({
    kernelName: SCALED_SUM,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, z, scale } = inputs as { x: TensorInfo; z: TensorInfo; scale?: TensorInfo };
      const { alpha, beta } = attrs as unknown as ScaledSumAttrs;
      const cpu = backend as CpuBackend;
      const [xs, zs] = [values(cpu, x), values(cpu, z)];
      const scales = scale && values(cpu, scale);
      const size = util.sizeFromShape(x.shape);
      const each = size / (scale?.shape[0] ?? 1);
      const y = Float64Array.from({ length: size }, (_, i) => {
        const s = scales ? scales[Math.floor(i / each)]! : 1;
        return (alpha === 0 ? 0 : alpha * xs[i]!) + beta * s * zs[i]!;
      });
      return tensorOf(cpu, x.shape, y);
    },
  });
}
