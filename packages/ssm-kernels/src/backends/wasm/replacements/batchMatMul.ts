import {
  BatchMatMul,
  broadcast_util,
  util,
  type BatchMatMulAttrs,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { shifted, withGemm, type Matrix } from '../module/gemm.js';
import { output, pointer, type Backend } from '../module/module.js';
import { replaceKernel } from './replaceKernel.js';

/** Replaces tfjs's own matrix product, which is up to twenty times slower if an operand is transposed, as in every gradient. */
export function registerBatchMatMul(): void {
  replaceKernel({
    kernelName: BatchMatMul,
    backendName: 'wasm',
    kernelFunc: ({ inputs, backend, attrs }) => {
      const { a, b } = inputs as { a: TensorInfo; b: TensorInfo };
      const { transposeA, transposeB } = attrs as unknown as BatchMatMulAttrs;
      return batchMatMul(backend as Backend, a, b, transposeA, transposeB);
    },
  });
}

function batchMatMul(
  backend: Backend,
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
): TensorInfo {
  if (a.dtype !== 'float32' || b.dtype !== 'float32')
    throw new Error(`matMul: the wasm backend multiplies float32 tensors, got ${a.dtype} and ${b.dtype}.`);
  const [m, k] = sizes(a, transposeA);
  const [kOfB, n] = sizes(b, transposeB);
  if (k !== kOfB)
    throw new Error(
      `matMul: the inner sizes must be equal, got ${k} and ${kOfB} of (${a.shape.join(', ')}) and ` +
        `(${b.shape.join(', ')}) with transposeA ${transposeA} and transposeB ${transposeB}.`,
    );
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const batch = broadcast_util.assertAndGetBroadcastShape(batchA, batchB);
  const y = output(backend, [...batch, m, n]);
  if (util.sizeFromShape(y.shape) === 0) return y;
  const matrixA = matrix(backend, a, transposeA);
  const matrixB = matrix(backend, b, transposeB);
  const yOffset = pointer(backend, y);
  withGemm(backend, { m, n, k }, (multiply) => {
    for (let i = 0; i < util.sizeFromShape(batch); i++) {
      const coordinates = util.indexToLoc(i, batch.length, util.computeStrides([...batch, 1]));
      multiply({
        m,
        n,
        k,
        a: shifted(matrixA, indexOf(coordinates, batchA) * m * k),
        b: shifted(matrixB, indexOf(coordinates, batchB) * k * n),
        c: { offset: yOffset + 4 * i * m * n, row: n },
      });
    }
  });
  return y;
}

/** Rows and columns of the last two axes, as multiplied. */
function sizes({ shape }: TensorInfo, transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

function matrix(backend: Backend, tensor: TensorInfo, transposed: boolean): Matrix {
  const columns = tensor.shape.at(-1)!;
  const offset = pointer(backend, tensor);
  return transposed ? { offset, row: 1, column: columns } : { offset, row: columns, column: 1 };
}

/** The index of the matrix, in a batch of this shape, at these coordinates of the broadcast batch. */
function indexOf(coordinates: number[], shape: number[]): number {
  const skipped = coordinates.length - shape.length;
  return shape.reduce((index, size, i) => index * size + (size === 1 ? 0 : coordinates[skipped + i]!), 0);
}
