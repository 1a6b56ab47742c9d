import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import {
  BATCH_NORM_TRAIN,
  BATCH_NORM_TRAIN_GRAD,
  type LayerNormAttrs,
} from '../../kernels/trainingKernels.js';
import { normalise, normaliseGrad } from './normalise.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

export function registerBatchNormTrain(): void {
  registerKernel({
    kernelName: BATCH_NORM_TRAIN,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, gamma, beta } = inputs as { x: TensorInfo; gamma: TensorInfo; beta: TensorInfo };
      const { epsilon } = attrs as unknown as LayerNormAttrs;
      const cpu = backend as CpuBackend;
      const [xs, gammas, betas] = [values(cpu, x), values(cpu, gamma), values(cpu, beta)];
      const c = gammas.length;
      const y = new Float64Array(xs.length);
      const means = new Float64Array(c);
      const variances = new Float64Array(c);
      for (let j = 0; j < c; j++) {
        const { n, mean, variance } = normalise(xs, j, xs.length / c, c, epsilon);
        n.forEach((v, r) => (y[r * c + j] = v * gammas[j]! + betas[j]!));
        means[j] = mean;
        variances[j] = variance;
      }
      return [tensorOf(cpu, x.shape, y), tensorOf(cpu, [c], means), tensorOf(cpu, [c], variances)];
    },
  });
  registerKernel({
    kernelName: BATCH_NORM_TRAIN_GRAD,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, gamma, dy } = inputs as { x: TensorInfo; gamma: TensorInfo; dy: TensorInfo };
      const { epsilon } = attrs as unknown as LayerNormAttrs;
      const cpu = backend as CpuBackend;
      const [xs, gammas, dys] = [values(cpu, x), values(cpu, gamma), values(cpu, dy)];
      const c = gammas.length;
      const dx = new Float64Array(xs.length);
      const dGamma = new Float64Array(c);
      const dBeta = new Float64Array(c);
      for (let j = 0; j < c; j++) {
        const { n, scale } = normalise(xs, j, xs.length / c, c, epsilon);
        const d = n.map((_, r) => dys[r * c + j]!);
        dGamma[j] = d.reduce((sum, v, r) => sum + v * n[r]!, 0);
        dBeta[j] = d.reduce((sum, v) => sum + v, 0);
        const dn = d.map((v) => v * gammas[j]!);
        normaliseGrad(n, scale, dn).forEach((v, r) => (dx[r * c + j] = v));
      }
      return [tensorOf(cpu, x.shape, dx), tensorOf(cpu, [c], dGamma), tensorOf(cpu, [c], dBeta)];
    },
  });
}
