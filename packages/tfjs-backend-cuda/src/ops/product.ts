// A matrix product, whoever computes it.

export interface ProductSizes {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batches?: number;
}

/** A matrix of a batch: strides of batches, rows (m or n) and columns (k). */
export interface Matrix {
  readonly address: bigint;
  readonly batch?: number;
  readonly row: number;
  readonly col: number;
}

export interface Product {
  readonly address: bigint;
  readonly batch?: number;
  /** Stride of rows; default n. */
  readonly row?: number;
  readonly bias?: bigint | undefined;
  /** Adds to the existing values. Default false. */
  readonly add?: boolean;
  /** Number in activation.cuh. Default 0: none. */
  readonly activation?: number;
}
