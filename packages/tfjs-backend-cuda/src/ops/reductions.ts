import {
  All,
  Any,
  Max,
  Mean,
  Min,
  Prod,
  Sum,
  util,
  type DataType,
  type TensorInfo,
} from '@tensorflow/tfjs-core';
import type { CudaBackend } from '../backend/backend.js';
import { cast } from './elementwise.js';
import { MOST_BLOCKS, PLAIN, sumColumns } from './columns.js';
import { kernel, typeOf } from '../backend/kernel.js';
import { fill, transpose } from './layout.js';

const THREADS = 256;
const WARP = 32;
/** Minimum values per thread before more blocks share a row. */
const NUMBERS_OF_THREAD = 16;
const DOUBLE = 2;

type Join = 'sum' | 'max' | 'min' | 'prod';
/** The identity element of each reduction. */
const NONE: Record<Join, number> = { sum: 0, max: -Infinity, min: Infinity, prod: 1 };

interface Rows {
  readonly rows: number;
  readonly length: number;
  readonly factor: number;
}

/** Reduces each contiguous row of x to one value of y. */
function joinRows(
  backend: CudaBackend,
  join: Join,
  x: TensorInfo,
  y: TensorInfo,
  { rows, length, factor }: Rows,
): void {
  // short rows: several per block
  const lanes = length <= 8 * WARP ? WARP : THREADS;
  const perBlock = THREADS / lanes;
  const blocks = Math.ceil(rows / perBlock);
  const wanted = Math.ceil((8 * backend.device.info.multiprocessors) / blocks);
  const splits = Math.max(1, Math.min(wanted, Math.ceil(length / (lanes * NUMBERS_OF_THREAD))));
  backend.withScratch(DOUBLE * rows * splits, (partial) => {
    const fields = {
      x: backend.address(x),
      partial: partial.address,
      y: backend.address(y),
      rows,
      length,
      splits,
      factor,
    };
    const launch = {
      grid: [blocks, splits] as const,
      block: [lanes, perBlock] as const,
      shared: 8 * THREADS,
    };
    backend.launch(`rows_${join}_${typeOf(x)}`, 'RowsParams', launch, fields);
    backend.each(`rowsFinish_${join}_${typeOf(y)}`, 'RowsParams', rows, fields);
  });
}

/** Reduces x over axes; `factor` multiplies a sum. */
function reduce(
  backend: CudaBackend,
  join: Join,
  x: TensorInfo,
  axis: number | number[],
  keepDims: boolean,
  { factor = 1, dtype = x.dtype }: { factor?: number; dtype?: DataType } = {},
): TensorInfo {
  const axes = [...new Set(util.parseAxisParam(axis, x.shape))].sort((a, b) => a - b);
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  const shape = keepDims
    ? x.shape.map((size, i) => (axes.includes(i) ? 1 : size))
    : kept.map((i) => x.shape[i]!);
  const length = util.sizeFromShape(axes.map((i) => x.shape[i]!));
  const rows = util.sizeFromShape(kept.map((i) => x.shape[i]!));
  if (rows === 0 || length === 0) return fill(backend, shape, NONE[join], dtype);
  const y = backend.output(shape, dtype);
  // axes of one element may be anywhere
  const long = axes.filter((i) => x.shape[i]! > 1);
  const [first, last] = [long[0] ?? 0, long.at(-1) ?? -1];
  const between = kept.some((i) => i > first && i < last && x.shape[i]! > 1);
  const outer = util.sizeFromShape(kept.filter((i) => i < first).map((i) => x.shape[i]!));
  const inner = between ? 0 : rows / outer;
  if (inner === 1 || length === 1) joinRows(backend, join, x, y, { rows, length, factor });
  else if (
    inner > 1 &&
    join === 'sum' &&
    x.dtype === 'float32' &&
    dtype === 'float32' &&
    outer <= MOST_BLOCKS
  )
    sumColumns(
      backend,
      PLAIN,
      { groups: outer, rows: length, channels: inner, factor, first: backend.address(y) },
      { x: backend.address(x) },
    );
  else {
    const moved = transpose(backend, x, [...kept, ...axes]);
    joinRows(backend, join, moved, y, { rows, length, factor });
    backend.disposeData(moved.dataId);
  }
  return y;
}

type X = { x: TensorInfo };
type Axis = { axis: number | number[]; keepDims: boolean };

export function registerReductions(): void {
  kernel<X, Axis>(Sum, (backend, { x }, { axis, keepDims }) =>
    reduce(backend, 'sum', x, axis, keepDims, { dtype: x.dtype === 'bool' ? 'int32' : x.dtype }),
  );
  kernel<X, Axis>(Mean, (backend, { x }, { axis, keepDims }) => {
    const axes = util.parseAxisParam(axis, x.shape);
    const factor = 1 / util.sizeFromShape(axes.map((i) => x.shape[i]!));
    const float = cast(backend, x, 'float32');
    const y = reduce(backend, 'sum', float, axis, keepDims, { factor });
    backend.disposeData(float.dataId);
    return y;
  });
  kernel<X, { reductionIndices: number | number[]; keepDims: boolean }>(Max, (backend, { x }, attrs) =>
    reduce(backend, 'max', x, attrs.reductionIndices, attrs.keepDims),
  );
  kernel<X, Axis>(Min, (backend, { x }, { axis, keepDims }) => reduce(backend, 'min', x, axis, keepDims));
  kernel<X, Axis>(Prod, (backend, { x }, { axis, keepDims }) =>
    reduce(backend, 'prod', x, axis, keepDims, { dtype: x.dtype === 'bool' ? 'int32' : x.dtype }),
  );
  kernel<X, Axis>(All, (backend, { x }, { axis, keepDims }) => reduce(backend, 'min', x, axis, keepDims));
  kernel<X, Axis>(Any, (backend, { x }, { axis, keepDims }) => reduce(backend, 'max', x, axis, keepDims));
}
