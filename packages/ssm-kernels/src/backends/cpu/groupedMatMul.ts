import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import {
  GROUPED_MATMUL,
  GROUPED_MATMUL_GRAD_W,
  GROUPED_MATMUL_GRAD_X,
} from '../../kernels/trainingKernels.js';
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

export function registerGroupedMatMul(): void {
  registerKernel({
    kernelName: GROUPED_MATMUL,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend }) => {
      const { x, w } = inputs as { x: TensorInfo; w: TensorInfo };
      const cpu = backend as CpuBackend;
      const [rows, groups, i] = x.shape as [number, number, number];
      const o = w.shape[2]!;
      const [xs, ws] = [values(cpu, x), values(cpu, w)];
      const y = new Float64Array(rows * groups * o);
      forEachTerm({ rows, groups, i, o }, (xAt, wAt, yAt) => (y[yAt]! += xs[xAt]! * ws[wAt]!));
      return tensorOf(cpu, [rows, groups, o], y);
    },
  });
  registerKernel({
    kernelName: GROUPED_MATMUL_GRAD_X,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend }) => {
      const { dy, w } = inputs as { dy: TensorInfo; w: TensorInfo };
      const cpu = backend as CpuBackend;
      const [rows, groups, o] = dy.shape as [number, number, number];
      const i = w.shape[1]!;
      const [dys, ws] = [values(cpu, dy), values(cpu, w)];
      const dx = new Float64Array(rows * groups * i);
      forEachTerm({ rows, groups, i, o }, (xAt, wAt, yAt) => (dx[xAt]! += dys[yAt]! * ws[wAt]!));
      return tensorOf(cpu, [rows, groups, i], dx);
    },
  });
  registerKernel({
    kernelName: GROUPED_MATMUL_GRAD_W,
    backendName: 'cpu',
    kernelFunc: ({ inputs, backend }) => {
      const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
      const cpu = backend as CpuBackend;
      const [rows, groups, i] = x.shape as [number, number, number];
      const o = dy.shape[2]!;
      const [xs, dys] = [values(cpu, x), values(cpu, dy)];
      const dw = new Float64Array(groups * i * o);
      forEachTerm({ rows, groups, i, o }, (xAt, wAt, yAt) => (dw[wAt]! += xs[xAt]! * dys[yAt]!));
      return tensorOf(cpu, [groups, i, o], dw);
    },
  });
}
