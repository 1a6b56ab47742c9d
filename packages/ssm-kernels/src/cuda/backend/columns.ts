// Sums over rows, a column each: what the gradients of biases, scales and small filters are made of.
import type { CudaBackend } from './backend.js';
import type { Fields } from './structs.js';

/** Threads of a block: columns × rows (columns.cuh). */
const COLUMN_THREADS = 32;
const ROW_THREADS = 8;
/** Rows that a thread adds at least before more blocks share them. */
const ROWS_OF_THREAD = 8;
/** Blocks in all for each multiprocessor, where there are rows enough. */
const BLOCKS_OF_MULTIPROCESSOR = 8;
/** Blocks along the second and the third axis of a grid at most. */
export const MOST_BLOCKS = 65535;
const DOUBLE = 2;

/** Of columns.cuh, with how many sums a term makes at once. */
const TERMS = { plain: 1, spread: 1, channel: 2, layer: 2, tap: 1 } as const;

export interface ColumnSums {
  readonly groups: number;
  readonly rows: number;
  readonly channels: number;
  /** Terms made one by one; default 1. */
  readonly outputs?: number;
  /** What the sums are multiplied by; default 1. */
  readonly factor?: number;
  /** Where the sums go, (outputs, groups, channels); of a term with two sums the first of them. */
  readonly first: bigint;
  /** Where the second of two sums goes, (groups, channels). */
  readonly second?: bigint;
}

/** Sums `term` over the rows of each group; `fields` are what the term reads. */
export function sumColumns(
  backend: CudaBackend,
  term: keyof typeof TERMS,
  { groups, rows, channels, outputs = 1, factor = 1, first, second }: ColumnSums,
  fields: Fields,
): void {
  const columns = Math.ceil(channels / COLUMN_THREADS);
  const wanted =
    (BLOCKS_OF_MULTIPROCESSOR * backend.device.info.multiprocessors) / (columns * groups * outputs);
  const useful = rows / (ROW_THREADS * ROWS_OF_THREAD);
  const most = Math.floor(MOST_BLOCKS / groups);
  const splits = Math.max(1, Math.min(Math.ceil(wanted), Math.ceil(useful), most));
  const sums = outputs * TERMS[term];
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
      `columns_${term}`,
      'ColumnsParams',
      {
        grid: [columns, groups * splits, outputs],
        block: [COLUMN_THREADS, ROW_THREADS],
        shared: 8 * TERMS[term] * COLUMN_THREADS * ROW_THREADS,
      },
      all,
    );
    backend.each('columnsFinish_all', 'ColumnsParams', sums * groups * channels, all);
  });
}
