import type { Kernel } from '../../kernels/table.js';
import { normalise, normaliseGrad } from './normalise.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

export const batchNormTrain: Kernel<CpuBackend, 'batchNormTrain'> = (
  backend,
  { x, gamma, beta },
  { epsilon },
) => {
  const [xs, gammas, betas] = [values(backend, x), values(backend, gamma), values(backend, beta)];
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
  return [tensorOf(backend, x.shape, y), tensorOf(backend, [c], means), tensorOf(backend, [c], variances)];
};

export const batchNormTrainGrad: Kernel<CpuBackend, 'batchNormTrainGrad'> = (
  backend,
  { x, gamma, dy },
  { epsilon },
) => {
  const [xs, gammas, dys] = [values(backend, x), values(backend, gamma), values(backend, dy)];
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
  return [tensorOf(backend, x.shape, dx), tensorOf(backend, [c], dGamma), tensorOf(backend, [c], dBeta)];
};
