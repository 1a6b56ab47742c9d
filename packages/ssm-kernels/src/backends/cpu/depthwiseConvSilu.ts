import type { Kernel } from '../../kernels/table.js';
import { siluOf, siluSlope } from './activation.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

/** Visits every product of the convolution, zeros of the padding excluded: x[xAt]·filter[filterAt] contributes to y[yAt]. */
function forEachTap(
  shape: number[],
  k: number,
  visit: (yAt: number, xAt: number, filterAt: number) => void,
): void {
  const [b, h, w, c] = shape as [number, number, number, number];
  const pad = Math.floor(k / 2);
  const at = (picture: number, y: number, x: number): number => ((picture * h + y) * w + x) * c;
  for (let i = 0; i < b; i++)
    for (let y = 0; y < h; y++)
      for (let x = 0; x < w; x++)
        for (let ky = Math.max(0, pad - y); ky < Math.min(k, h + pad - y); ky++)
          for (let kx = Math.max(0, pad - x); kx < Math.min(k, w + pad - x); kx++)
            for (let j = 0; j < c; j++)
              visit(at(i, y, x) + j, at(i, y + ky - pad, x + kx - pad) + j, (ky * k + kx) * c + j);
}

/** The argument of silu: convolution + bias. */
function preActivation(
  shape: number[],
  k: number,
  xs: ArrayLike<number>,
  filters: ArrayLike<number>,
  biases: ArrayLike<number>,
): Float64Array {
  const a = Float64Array.from({ length: xs.length }, (_, i) => biases[i % biases.length]!);
  forEachTap(shape, k, (yAt, xAt, filterAt) => (a[yAt]! += xs[xAt]! * filters[filterAt]!));
  return a;
}

export const depthwiseConvSilu: Kernel<CpuBackend, 'depthwiseConvSilu'> = (backend, { x, filter, bias }) => {
  const [xs, filters, biases] = [values(backend, x), values(backend, filter), values(backend, bias)];
  const a = preActivation(x.shape, filter.shape[0]!, xs, filters, biases);
  return tensorOf(backend, x.shape, a.map(siluOf));
};

export const depthwiseConvSiluGrad: Kernel<CpuBackend, 'depthwiseConvSiluGrad'> = (
  backend,
  { x, filter, bias, dy },
) => {
  const [xs, filters, biases] = [values(backend, x), values(backend, filter), values(backend, bias)];
  const dys = values(backend, dy);
  const k = filter.shape[0]!;
  const da = preActivation(x.shape, k, xs, filters, biases).map((a, i) => dys[i]! * siluSlope(a));
  const dx = new Float64Array(xs.length);
  const dFilter = new Float64Array(filters.length);
  const dBias = new Float64Array(biases.length);
  forEachTap(x.shape, k, (yAt, xAt, filterAt) => {
    dx[xAt]! += da[yAt]! * filters[filterAt]!;
    dFilter[filterAt]! += da[yAt]! * xs[xAt]!;
  });
  da.forEach((d, i) => (dBias[i % dBias.length]! += d));
  return [
    tensorOf(backend, x.shape, dx),
    tensorOf(backend, filter.shape, dFilter),
    tensorOf(backend, bias.shape, dBias),
  ];
};
