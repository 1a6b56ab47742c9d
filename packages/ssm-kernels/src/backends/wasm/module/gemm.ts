import { call, callAll, shares, threadsOf, withScratch, type WasmBackend, type WasmCall } from './module.js';

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

/** Rows and columns of a tile, as in assembly/gemm.ts: shares end between tiles, so that they compute the same bits as the whole. */
export const TILE = { rows: 4, columns: 8 };
/** Products with sums that are worth a thread: some 50 µs. */
export const WORTH = 1e6;

/** The call of one product, or of a share of it; `scratch` is of gemmScratch for its sizes. */
export function gemmCall({ m, n, k, a, b, c, accumulate }: Product, scratch: number): WasmCall {
  return [
    'gemm',
    {
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
    },
  ];
}

/** The product in parts, one for each thread where they pay: blocks of its rows, or of its columns. */
function split(backend: WasmBackend, product: Product): Product[] {
  const { m, n, k, a, b, c } = product;
  const byRows = m >= n;
  const line = (byRows ? n : m) * k;
  const least = Math.ceil(WORTH / Math.max(1, line));
  if (byRows)
    return shares(backend, m, TILE.rows, least).map(({ from, to }) => ({
      ...product,
      m: to - from,
      a: shifted(a, from * a.row),
      c: { ...c, offset: c.offset + BYTES * from * c.row },
    }));
  return shares(backend, n, TILE.columns, least).map(({ from, to }) => ({
    ...product,
    n: to - from,
    b: shifted(b, from * b.column),
    c: { ...c, offset: c.offset + BYTES * from },
  }));
}

/** Floats of scratch for products up to this size. */
export function gemmFloats(backend: WasmBackend, size: { m: number; n: number; k: number }): number {
  return call(backend, 'gemmScratch', size);
}

/** Allocates scratch for products up to this size and passes `use` a function that multiplies, on all threads. */
export function withGemm<T>(
  backend: WasmBackend,
  size: { m: number; n: number; k: number },
  use: (multiply: (product: Product) => void) => T,
): T {
  const floats = gemmFloats(backend, size);
  return withScratch(backend, floats * threadsOf(backend), (scratch) =>
    use((product) => {
      const parts = split(backend, product);
      callAll(
        backend,
        parts.map((part, i) => [gemmCall(part, scratch + BYTES * floats * i)]),
      );
    }),
  );
}
