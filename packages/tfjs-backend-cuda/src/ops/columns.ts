// Column sums: the gradients of biases, scales and small filters.
import type { KernelSource } from '../device/source.js';
import type { CudaBackend } from '../backend/backend.js';
import type { Fields } from '../backend/structs.js';

/** Threads of a block: columns × rows (columns.cuh). */
const COLUMN_THREADS = 32;
const ROW_THREADS = 8;
/** Minimum rows per thread before more blocks share them. */
const ROWS_OF_THREAD = 8;
/** Total blocks per multiprocessor, given enough rows. */
const BLOCKS_OF_MULTIPROCESSOR = 8;
/** Maximum blocks along the second and the third axis of a grid. */
export const MOST_BLOCKS = 65535;
const DOUBLE = 2;

/** What is summed: the kernel `columns_…` of a term of columns.cuh. */
export interface ColumnTerm {
  readonly name: string;
  /** Sums per column. */
  readonly sums: number;
  /** Default: the backend's own kernels. */
  readonly source?: KernelSource;
}

/** x itself. */
export const PLAIN: ColumnTerm = { name: 'plain', sums: 1 };
/** The gradient of a depthwise convolution's tap. */
export const TAP: ColumnTerm = { name: 'tap', sums: 1 };

export interface ColumnSums {
  readonly groups: number;
  readonly rows: number;
  readonly channels: number;
  /** Number of outputs computed one by one; default 1. */
  readonly outputs?: number;
  /** Multiplies the sums; default 1. */
  readonly factor?: number;
  /** Receives the sums, (outputs, groups, channels); for a term with two sums the first of them. */
  readonly first: bigint;
  /** Receives the second of two sums, (groups, channels). */
  readonly second?: bigint;
}

/** Sums `term` over the rows of each group; `fields` are the inputs of the term. */
export function sumColumns(
  backend: CudaBackend,
  term: ColumnTerm,
  { groups, rows, channels, outputs = 1, factor = 1, first, second }: ColumnSums,
  fields: Fields,
): void {
  const columns = Math.ceil(channels / COLUMN_THREADS);
  const wanted =
    (BLOCKS_OF_MULTIPROCESSOR * backend.device.info.multiprocessors) / (columns * groups * outputs);
  const useful = rows / (ROW_THREADS * ROWS_OF_THREAD);
  const most = Math.floor(MOST_BLOCKS / groups);
  const splits = Math.max(1, Math.min(Math.ceil(wanted), Math.ceil(useful), most));
  const sums = outputs * term.sums;
  backend.withScratch(DOUBLE * sums * groups * splits * channels, (partial) => {
    const all: Fields = {
      ...fields,
      partial: partial.address,
      first,
      second,
      groups,
      rows,
      channels,
      splits,
      outputs: sums,
      ofFirst: second === undefined ? sums : 1,
      factor,
    };
    backend.launch(
      `columns_${term.name}`,
      'ColumnsParams',
      {
        grid: [columns, groups * splits, outputs],
        block: [COLUMN_THREADS, ROW_THREADS],
        shared: 8 * term.sums * COLUMN_THREADS * ROW_THREADS,
        ...(term.source && { source: term.source }),
      },
      all,
    );
    backend.each('columnsFinish_all', 'ColumnsParams', sums * groups * channels, all);
  });
}
