// Matrix products by cuBLAS.
import type { ColumnMajor, Cublas } from '../device/cublas.js';
import type { CudaBackend } from '../backend/backend.js';
import type { Matrix, Product, ProductSizes } from './product.js';
import { copyAt } from './layout.js';

/**
 * Like `multiply` of gemm.ts, for products that cuBLAS supports: no activation, at least one term, and matrices dense in one
 * direction. Returns whether the product was computed.
 */
export function multiplyByCublas(
  backend: CudaBackend,
  cublas: Cublas,
  { m, n, k, batches = 1 }: ProductSizes,
  a: Matrix,
  b: Matrix,
  y: Product,
): boolean {
  if (k === 0 || y.activation) return false;
  // cuBLAS is column-major: there y is (n, m), b (n, k) and a (k, m)
  const left = columnMajor(b, n, k, false);
  const right = columnMajor(a, m, k, true);
  if (!left || !right) return false;
  const c = { address: y.address, lead: y.row ?? n, batch: y.batch ?? m * n };
  if (y.bias !== undefined)
    copyAt(backend, 'bias', [batches, m, n], y.bias, { first: 0, strides: [0, 0, 1] }, y.address, {
      first: 0,
      strides: [c.batch, c.lead, 1],
    });
  cublas.multiply(backend.device.stream, {
    rows: n,
    cols: m,
    terms: k,
    batches,
    a: left,
    b: right,
    c,
    add: y.add === true || y.bias !== undefined,
  });
  return true;
}

/** A matrix of `rows` × `terms` for cuBLAS, plain or transposed. Undefined if neither rows nor columns are dense. */
function columnMajor(
  { address, batch = 0, row, col }: Matrix,
  rows: number,
  terms: number,
  across: boolean,
): ColumnMajor | undefined {
  if (col === 1 && row >= terms) return { address, batch, lead: row, transposed: !across };
  if (row === 1 && col >= rows) return { address, batch, lead: col, transposed: across };
  return undefined;
}
