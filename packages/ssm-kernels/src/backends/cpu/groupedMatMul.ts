import type { Kernel } from '../../kernels/table.js';
import { tensorOf, values, type CpuBackend } from './tensors.js';

interface Sizes {
  rows: number;
  groups: number;
  i: number;
  o: number;
}

/** Visits every product of the sum: x[xAt]·w[wAt] contributes to y[yAt]. */
function forEachTerm(s: Sizes, visit: (xAt: number, wAt: number, yAt: number) => void): void {
  for (let r = 0; r < s.rows; r++)
    for (let g = 0; g < s.groups; g++)
      for (let i = 0; i < s.i; i++)
        for (let o = 0; o < s.o; o++)
          visit((r * s.groups + g) * s.i + i, (g * s.i + i) * s.o + o, (r * s.groups + g) * s.o + o);
}

export const groupedMatMul: Kernel<CpuBackend, 'groupedMatMul'> = (backend, { x, w }) => {
  const [rows, groups, i] = x.shape as [number, number, number];
  const o = w.shape[2]!;
  const [xs, ws] = [values(backend, x), values(backend, w)];
  const y = new Float64Array(rows * groups * o);
  forEachTerm({ rows, groups, i, o }, (xAt, wAt, yAt) => (y[yAt]! += xs[xAt]! * ws[wAt]!));
  return tensorOf(backend, [rows, groups, o], y);
};

export const groupedMatMulGradX: Kernel<CpuBackend, 'groupedMatMulGradX'> = (backend, { dy, w }) => {
  const [rows, groups, o] = dy.shape as [number, number, number];
  const i = w.shape[1]!;
  const [dys, ws] = [values(backend, dy), values(backend, w)];
  const dx = new Float64Array(rows * groups * i);
  forEachTerm({ rows, groups, i, o }, (xAt, wAt, yAt) => (dx[xAt]! += dys[yAt]! * ws[wAt]!));
  return tensorOf(backend, [rows, groups, i], dx);
};

export const groupedMatMulGradW: Kernel<CpuBackend, 'groupedMatMulGradW'> = (backend, { x, dy }) => {
  const [rows, groups, i] = x.shape as [number, number, number];
  const o = dy.shape[2]!;
  const [xs, dys] = [values(backend, x), values(backend, dy)];
  const dw = new Float64Array(groups * i * o);
  forEachTerm({ rows, groups, i, o }, (xAt, wAt, yAt) => (dw[wAt]! += xs[xAt]! * dys[yAt]!));
  return tensorOf(backend, [groups, i, o], dw);
};
