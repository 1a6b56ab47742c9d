import type { Kernel } from '../../kernels/table.js';
import { normalise, normaliseGrad } from './normalise.js';
import { siluOf, siluSlope } from './activation.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

export const layerNormGate: Kernel<CpuBackend, 'layerNormGate'> = (
  backend,
  { x, gamma, beta, z },
  { epsilon },
) => {
  const [xs, gammas, betas, zs] = [x, gamma, beta, z].map((t) => values(backend, t));
  const c = gammas!.length;
  const y = new Float64Array(xs!.length);
  for (let row = 0; row < y.length; row += c) {
    const { n } = normalise(xs!, row, c, 1, epsilon);
    for (let i = 0; i < c; i++) y[row + i] = (n[i]! * gammas![i]! + betas![i]!) * siluOf(zs![row + i]!);
  }
  return tensorOf(backend, x.shape, y);
};

export const layerNormGateGrad: Kernel<CpuBackend, 'layerNormGateGrad'> = (
  backend,
  { x, gamma, beta, z, dy },
  { epsilon },
) => {
  const [xs, gammas, betas, zs, dys] = [x, gamma, beta, z, dy].map((t) => values(backend, t));
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
    tensorOf(backend, x.shape, dx),
    tensorOf(backend, [c], dGamma),
    tensorOf(backend, [c], dBeta),
    tensorOf(backend, x.shape, dz),
  ];
};
