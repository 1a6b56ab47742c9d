import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { INSTANCE_NORM, INSTANCE_NORM_GRAD, type InstanceNormAttrs } from '../../kernels/trainingKernels.js';
import { normalise, normaliseGrad } from './normalise.js';
import { siluOf, siluSlope } from './silu.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

/** Visits each channel of each picture: `count` values from `offset` on, `stride` apart. */
function forEachChannel(
  shape: number[],
  visit: (offset: number, count: number, stride: number) => void,
): void {
  const [b, h, w, c] = shape as [number, number, number, number];
  for (let i = 0; i < b; i++) for (let j = 0; j < c; j++) visit(i * h * w * c + j, h * w, c);
}

export function registerInstanceNorm(): void {
  registerKernel({
    kernelName: INSTANCE_NORM,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x } = inputs as { x: TensorInfo };
      const { epsilon, activation } = attrs as unknown as InstanceNormAttrs;
      const cpu = backend as CpuBackend;
      const xs = values(cpu, x);
      const y = new Float64Array(xs.length);
      forEachChannel(x.shape, (offset, count, stride) => {
        const { n } = normalise(xs, offset, count, stride, epsilon);
        n.forEach((v, i) => (y[offset + i * stride] = activation === 'silu' ? siluOf(v) : v));
      });
      return tensorOf(cpu, x.shape, y);
    },
  });
  registerKernel({
    kernelName: INSTANCE_NORM_GRAD,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
      const { epsilon, activation } = attrs as unknown as InstanceNormAttrs;
      const cpu = backend as CpuBackend;
      const [xs, dys] = [values(cpu, x), values(cpu, dy)];
      const dx = new Float64Array(xs.length);
      forEachChannel(x.shape, (offset, count, stride) => {
        const { n, scale } = normalise(xs, offset, count, stride, epsilon);
        const dn = n.map((v, i) => dys[offset + i * stride]! * (activation === 'silu' ? siluSlope(v) : 1));
        normaliseGrad(n, scale, dn).forEach((v, i) => (dx[offset + i * stride] = v));
      });
      return tensorOf(cpu, x.shape, dx);
    },
  });
}
