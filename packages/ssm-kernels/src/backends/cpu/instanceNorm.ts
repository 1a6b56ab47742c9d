import type { Kernel } from '../../kernels/table.js';
import { normalise, normaliseGrad } from './normalise.js';
import { siluOf, siluSlope } from './activation.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

/** Visits each channel of each picture: `count` values from `offset` on, `stride` apart. */
function forEachChannel(
  shape: number[],
  visit: (offset: number, count: number, stride: number) => void,
): void {
  const [b, h, w, c] = shape as [number, number, number, number];
  for (let i = 0; i < b; i++) for (let j = 0; j < c; j++) visit(i * h * w * c + j, h * w, c);
}

export const instanceNorm: Kernel<CpuBackend, 'instanceNorm'> = (backend, { x }, { epsilon, activation }) => {
  const xs = values(backend, x);
  const y = new Float64Array(xs.length);
  forEachChannel(x.shape, (offset, count, stride) => {
    const { n } = normalise(xs, offset, count, stride, epsilon);
    n.forEach((v, i) => (y[offset + i * stride] = activation === 'silu' ? siluOf(v) : v));
  });
  return tensorOf(backend, x.shape, y);
};

export const instanceNormGrad: Kernel<CpuBackend, 'instanceNormGrad'> = (
  backend,
  { x, dy },
  { epsilon, activation },
) => {
  const [xs, dys] = [values(backend, x), values(backend, dy)];
  const dx = new Float64Array(xs.length);
  forEachChannel(x.shape, (offset, count, stride) => {
    const { n, scale } = normalise(xs, offset, count, stride, epsilon);
    const dn = n.map((v, i) => dys[offset + i * stride]! * (activation === 'silu' ? siluSlope(v) : 1));
    normaliseGrad(n, scale, dn).forEach((v, i) => (dx[offset + i * stride] = v));
  });
  return tensorOf(backend, x.shape, dx);
};
