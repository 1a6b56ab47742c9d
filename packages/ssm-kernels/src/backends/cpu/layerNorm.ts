import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { LAYER_NORM, LAYER_NORM_GRAD, type LayerNormAttrs } from '../../kernels/trainingKernels.js';
import { normalise, normaliseGrad } from './normalise.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

export function registerLayerNorm(): void {
  registerKernel({
    kernelName: LAYER_NORM,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, gamma, beta } = inputs as { x: TensorInfo; gamma: TensorInfo; beta: TensorInfo };
      const { epsilon } = attrs as unknown as LayerNormAttrs;
      const cpu = backend as CpuBackend;
      const [xs, gammas, betas] = [values(cpu, x), values(cpu, gamma), values(cpu, beta)];
      const c = gammas.length;
      const y = new Float64Array(xs.length);
      for (let row = 0; row < xs.length; row += c) {
        const { n } = normalise(xs, row, c, 1, epsilon);
        for (let i = 0; i < c; i++) y[row + i] = n[i]! * gammas[i]! + betas[i]!;
      }
      return tensorOf(cpu, x.shape, y);
    },
  });
  registerKernel({
    kernelName: LAYER_NORM_GRAD,
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
      for (let row = 0; row < xs.length; row += c) {
        const { n, scale } = normalise(xs, row, c, 1, epsilon);
        const dn = new Float64Array(c);
        for (let i = 0; i < c; i++) {
          dn[i] = dys[row + i]! * gammas[i]!;
          dGamma[i]! += dys[row + i]! * n[i]!;
          dBeta[i]! += dys[row + i]!;
        }
        dx.set(normaliseGrad(n, scale, dn), row);
      }
      return [tensorOf(cpu, x.shape, dx), tensorOf(cpu, [c], dGamma), tensorOf(cpu, [c], dBeta)];
    },
  });
}
