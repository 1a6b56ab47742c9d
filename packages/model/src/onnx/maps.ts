// Whatever makes a full-size map of a small one (resizing, smoothing, cutting) is linear and separable: one matrix for the rows and one for the
// columns, computed here in float64 by the functions that make maps on the host.
import { gaussianFilter } from '../inference/gaussian.js';
import type { LevelMap } from '../inference/levels.js';
import type { Graph, Value } from './graph.js';

/** A matrix, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float64Array;
}

/** The matrix of a linear function of `columns` values. */
export function matrixOf(columns: number, apply: (unit: Float64Array) => ArrayLike<number>): Matrix {
  const images = Array.from({ length: columns }, (_, j) => {
    const unit = new Float64Array(columns);
    unit[j] = 1;
    return apply(unit);
  });
  const rows = images[0]!.length;
  const data = new Float64Array(rows * columns);
  for (const [j, image] of images.entries()) for (let i = 0; i < rows; i++) data[i * columns + j] = image[i]!;
  return { rows, columns, data };
}

/** Resizes a map. */
export type Resize = (level: LevelMap, height: number, width: number) => Float64Array;

/** A resize along one axis, by a resize of maps of one column. */
export const resizeMatrix = (resize: Resize, from: number, to: number): Matrix =>
  matrixOf(from, (unit) => resize({ height: from, width: 1, data: Float32Array.from(unit) }, to, 1));

export interface AxisOptions {
  /** The resize of the method. */
  readonly resize: Resize;
  /** Cells of the small map along the axis. */
  readonly cells: number;
  /** Pixels of the network's input along the axis. */
  readonly pixels: number;
  /** Standard deviation of the smoothing in pixels. */
  readonly sigma: number;
  /** The picture's first pixel in the input, and its number of pixels. */
  readonly start: number;
  readonly length: number;
  /** For each cell the one whose value it takes: the nearest that has pixels of the picture. */
  readonly from: readonly number[];
}

/** The way of a column of a small map to a column of the picture's map. */
export const axisMatrix = ({ resize, cells, pixels, sigma, start, length, from }: AxisOptions): Matrix =>
  matrixOf(cells, (unit) => {
    const data = Float32Array.from(from, (cell) => unit[cell]!);
    const resized = resize({ height: cells, width: 1, data }, pixels, 1);
    return gaussianFilter(resized, pixels, 1, sigma).subarray(start, start + length);
  });

/** Applies a matrix to the rows and one to the columns of maps, (…, h, w) to (…, rows.rows, columns.rows). */
export function separable(graph: Graph, x: Value, rows: Matrix, columns: Matrix): Value {
  const transposed = new Float64Array(columns.data.length);
  for (let i = 0; i < columns.rows; i++)
    for (let j = 0; j < columns.columns; j++)
      transposed[j * columns.rows + i] = columns.data[i * columns.columns + j]!;
  const wide = graph.op('MatMul', [x, graph.floats([columns.columns, columns.rows], transposed)]);
  return graph.op('MatMul', [graph.floats([rows.rows, rows.columns], rows.data), wide]);
}
