import type { Kernel } from '../../kernels/table.js';
import { normalise, normaliseGrad } from './normalise.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

export const layerNorm: Kernel<CpuBackend, 'layerNorm'> = (backend, { x, gamma, beta }, { epsilon }) => {
  const [xs, gammas, betas] = [values(backend, x), values(backend, gamma), values(backend, beta)];
  const c = gammas.length;
  const y = new Float64Array(xs.length);
  for (let row = 0; row < xs.length; row += c) {
    const { n } = normalise(xs, row, c, 1, epsilon);
    for (let i = 0; i < c; i++) y[row + i] = n[i]! * gammas[i]! + betas[i]!;
  }
  return tensorOf(backend, x.shape, y);
};

export const layerNormGrad: Kernel<CpuBackend, 'layerNormGrad'> = (
  backend,
  { x, gamma, dy },
  { epsilon },
) => {
  const [xs, gammas, dys] = [values(backend, x), values(backend, gamma), values(backend, dy)];
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
  return [tensorOf(backend, x.shape, dx), tensorOf(backend, [c], dGamma), tensorOf(backend, [c], dBeta)];
};
