import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import { LAYER_NORM_GATE, LAYER_NORM_GATE_GRAD, type LayerNormAttrs } from '../../kernels/trainingKernels.js';
import { normalise, normaliseGrad } from './normalise.js';
import { siluOf, siluSlope } from './silu.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

export function registerLayerNormGate(): void {
  registerKernel({
    kernelName: LAYER_NORM_GATE,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, gamma, beta, z } = inputs as Record<'x' | 'gamma' | 'beta' | 'z', TensorInfo>;
      const { epsilon } = attrs as unknown as LayerNormAttrs;
      const cpu = backend as CpuBackend;
      const [xs, gammas, betas, zs] = [x, gamma, beta, z].map((t) => values(cpu, t));
      const c = gammas!.length;
      const y = new Float64Array(xs!.length);
      for (let row = 0; row < y.length; row += c) {
        const { n } = normalise(xs!, row, c, 1, epsilon);
        for (let i = 0; i < c; i++) y[row + i] = (n[i]! * gammas![i]! + betas![i]!) * siluOf(zs![row + i]!);
      }
      return tensorOf(cpu, x.shape, y);
    },
  });
  registerKernel({
    kernelName: LAYER_NORM_GATE_GRAD,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { x, gamma, beta, z, dy } = inputs as Record<'x' | 'gamma' | 'beta' | 'z' | 'dy', TensorInfo>;
      const { epsilon } = attrs as unknown as LayerNormAttrs;
      const cpu = backend as CpuBackend;
      const [xs, gammas, betas, zs, dys] = [x, gamma, beta, z, dy].map((t) => values(cpu, t));
      const c = gammas!.length;
      const [dx, dz] = [new Float64Array(xs!.length), new Float64Array(xs!.length)];
      const [dGamma, dBeta] = [new Float64Array(c), new Float64Array(c)];
      for (let row = 0; row < dx.length; row += c) {
        const { n, scale } = normalise(xs!, row, c, 1, epsilon);
        const dn = new Float64Array(c);
        for (let i = 0; i < c; i++) {
          const gate = zs![row + i]!;
          const d = dys![row + i]! * siluOf(gate); // the gradient of the normalisation's output
          dn[i] = d * gammas![i]!;
          dGamma[i]! += d * n[i]!;
          dBeta[i]! += d;
          dz[row + i] = dys![row + i]! * (n[i]! * gammas![i]! + betas![i]!) * siluSlope(gate);
        }
        dx.set(normaliseGrad(n, scale, dn), row);
      }
      return [
        tensorOf(cpu, x.shape, dx),
        tensorOf(cpu, [c], dGamma),
        tensorOf(cpu, [c], dBeta),
        tensorOf(cpu, x.shape, dz),
      ];
    },
  });
}
