import { registerKernel, type TensorInfo } from '@tensorflow/tfjs-core';
import {
  GROUPED_MATMUL,
  GROUPED_MATMUL_GRAD_W,
  GROUPED_MATMUL_GRAD_X,
} from '../../kernels/trainingKernels.js';
import { withGemm, type Matrix, type Product } from './module/gemm.js';
import { output, pointer, type Backend } from './module/module.js';

/** The matrix of one group of activations, (rows, groups, columns), or its transpose. */
function activations(
  backend: Backend,
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
function weights(backend: Backend, tensor: TensorInfo, group: number, transposed = false): Matrix {
  const [, rows, columns] = tensor.shape as [number, number, number];
  const offset = pointer(backend, tensor) + 4 * group * rows * columns;
  return transposed ? { offset, row: 1, column: columns } : { offset, row: columns, column: 1 };
}

function multiplyGroups(
  backend: Backend,
  groups: number,
  size: { m: number; n: number; k: number },
  matrices: (group: number) => Pick<Product, 'a' | 'b' | 'c'>,
): void {
  withGemm(backend, size, (multiply) => {
    for (let g = 0; g < groups; g++) multiply({ ...size, ...matrices(g) });
  });
}

export function registerGroupedMatMul(): void {
  registerKernel({
    kernelName: GROUPED_MATMUL,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => {
      const { x, w } = inputs as { x: TensorInfo; w: TensorInfo };
      const wasm = backend as Backend;
      const [rows, groups, i] = x.shape as [number, number, number];
      const o = w.shape[2]!;
      const y = output(wasm, [rows, groups, o]);
      multiplyGroups(wasm, groups, { m: rows, n: o, k: i }, (g) => ({
        a: activations(wasm, x, g),
        b: weights(wasm, w, g),
        c: activations(wasm, y, g),
      }));
      return y;
    },
  });
  registerKernel({
    kernelName: GROUPED_MATMUL_GRAD_X,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => {
      const { dy, w } = inputs as { dy: TensorInfo; w: TensorInfo };
      const wasm = backend as Backend;
      const [rows, groups, o] = dy.shape as [number, number, number];
      const i = w.shape[1]!;
      const dx = output(wasm, [rows, groups, i]);
      multiplyGroups(wasm, groups, { m: rows, n: i, k: o }, (g) => ({
        a: activations(wasm, dy, g),
        b: weights(wasm, w, g, true),
        c: activations(wasm, dx, g),
      }));
      return dx;
    },
  });
  registerKernel({
    kernelName: GROUPED_MATMUL_GRAD_W,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend }) => {
      const { x, dy } = inputs as { x: TensorInfo; dy: TensorInfo };
      const wasm = backend as Backend;
      const [rows, groups, i] = x.shape as [number, number, number];
      const o = dy.shape[2]!;
      const dw = output(wasm, [groups, i, o]);
      multiplyGroups(wasm, groups, { m: i, n: o, k: rows }, (g) => ({
        a: activations(wasm, x, g, true),
        b: activations(wasm, dy, g),
        c: weights(wasm, dw, g),
      }));
      return dw;
    },
  });
}
