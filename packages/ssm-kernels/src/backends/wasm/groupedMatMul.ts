import type { Kernel } from '../../kernels/table.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { withGemm, type Matrix, type Product } from './module/gemm.js';
import { output, pointer, type WasmBackend } from './module/module.js';

/** The matrix of one group of activations, (rows, groups, columns), or its transpose. */
function activations(
  backend: WasmBackend,
  tensor: TensorInfo,
  group: number,
  transposed = false,
): Matrix & { row: number } {
  const [, groups, columns] = tensor.shape as [number, number, number];
  const offset = pointer(backend, tensor) + 4 * group * columns;
  const row = groups * columns;
  return transposed ? { offset, row: 1, column: row } : { offset, row, column: 1 };
}

/** The matrix of one group of weights, (groups, rows, columns), or its transpose. */
function weights(backend: WasmBackend, tensor: TensorInfo, group: number, transposed = false): Matrix {
  const [, rows, columns] = tensor.shape as [number, number, number];
  const offset = pointer(backend, tensor) + 4 * group * rows * columns;
  return transposed ? { offset, row: 1, column: columns } : { offset, row: columns, column: 1 };
}

function multiplyGroups(
  backend: WasmBackend,
  groups: number,
  size: { m: number; n: number; k: number },
  matrices: (group: number) => Pick<Product, 'a' | 'b' | 'c'>,
): void {
  withGemm(backend, size, (multiply) => {
    for (let g = 0; g < groups; g++) multiply({ ...size, ...matrices(g) });
  });
}

export const groupedMatMul: Kernel<WasmBackend, 'groupedMatMul'> = (backend, { x, w }) => {
  const [rows, groups, i] = x.shape as [number, number, number];
  const o = w.shape[2]!;
  const y = output(backend, [rows, groups, o]);
  multiplyGroups(backend, groups, { m: rows, n: o, k: i }, (g) => ({
    a: activations(backend, x, g),
    b: weights(backend, w, g),
    c: activations(backend, y, g),
  }));
  return y;
};

export const groupedMatMulGradX: Kernel<WasmBackend, 'groupedMatMulGradX'> = (backend, { dy, w }) => {
  const [rows, groups, o] = dy.shape as [number, number, number];
  const i = w.shape[1]!;
  const dx = output(backend, [rows, groups, i]);
  multiplyGroups(backend, groups, { m: rows, n: i, k: o }, (g) => ({
    a: activations(backend, dy, g),
    b: weights(backend, w, g, true),
    c: activations(backend, dx, g),
  }));
  return dx;
};

export const groupedMatMulGradW: Kernel<WasmBackend, 'groupedMatMulGradW'> = (backend, { x, dy }) => {
  const [rows, groups, i] = x.shape as [number, number, number];
  const o = dy.shape[2]!;
  const dw = output(backend, [groups, i, o]);
  multiplyGroups(backend, groups, { m: i, n: o, k: rows }, (g) => ({
    a: activations(backend, x, g, true),
    b: activations(backend, dy, g),
    c: weights(backend, dw, g),
  }));
  return dw;
};
