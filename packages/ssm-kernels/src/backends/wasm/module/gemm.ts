import { call, withScratch, type WasmBackend } from './module.js';

const BYTES = 4;

/** A matrix in memory: byte offset of its first element, and the distances between rows and columns in elements. */
export interface Matrix {
  readonly offset: number;
  readonly row: number;
  readonly column: number;
}

export interface Product {
  /** Rows of A and C. */
  readonly m: number;
  /** Columns of B and C. */
  readonly n: number;
  /** Columns of A, rows of B. */
  readonly k: number;
  readonly a: Matrix;
  readonly b: Matrix;
  /** Adjacent columns are adjacent in memory. */
  readonly c: Omit<Matrix, 'column'>;
  /** C += A·B rather than C = A·B. */
  readonly accumulate?: boolean;
}

/** The matrix moved on by `index` elements. */
export function shifted(matrix: Matrix, index: number): Matrix {
  return { ...matrix, offset: matrix.offset + BYTES * index };
}

/** Allocates scratch for products up to this size and passes `use` a function that multiplies. */
export function withGemm<T>(
  backend: WasmBackend,
  size: { m: number; n: number; k: number },
  use: (multiply: (product: Product) => void) => T,
): T {
  const floats = call(backend, 'gemmScratch', size);
  return withScratch(backend, floats, (scratch) =>
    use(({ m, n, k, a, b, c, accumulate }) => {
      call(backend, 'gemm', {
        m,
        n,
        k,
        a: a.offset,
        aRow: a.row,
        aColumn: a.column,
        b: b.offset,
        bRow: b.row,
        bColumn: b.column,
        c: c.offset,
        cRow: c.row,
        accumulate: accumulate ? 1 : 0,
        scratch,
      });
    }),
  );
}
