import type { Kernel } from '../../kernels/table.js';
import type { TensorInfo } from '@tensorflow/tfjs-core';
import { addBlocks } from './scan/addBlocks.js';
import {
  dispatch,
  offsetInBinding,
  output,
  runs,
  withScratch,
  type WebGpuBackend,
  type Part,
} from './device/dispatch.js';

/** Side of a workgroup's tile, as in groupedMatMul.wgsl. */
const TILE = 32;
/** Minimum rows summed in one slice of the weights' gradient; more if the slices would exceed 64 MiB. */
const SLICE = 512;
const MOST_OF_SLICES = 2 ** 24;
const MOST_TILES = 65_535;

interface Matrix {
  readonly part: Part;
  /** Strides in elements of the first and the second axis of the product, and of groups. */
  readonly strides: readonly [number, number, number];
}

interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly groups: number;
  readonly a: Matrix;
  readonly b: Matrix;
  /** The second stride is 1. */
  readonly c: Matrix;
  /** Range of k per slice, and elements between the slices of C. */
  readonly slices?: { readonly length: number; readonly distance: number };
}

function multiply(backend: WebGpuBackend, { m, n, k, groups, a, b, c, slices }: Product): void {
  const first = ({ part }: Matrix): number => offsetInBinding(part.first ?? 0);
  const length = slices?.length ?? k;
  dispatch(
    backend,
    { shader: 'groupedMatMul', entry: 'multiply' },
    { 0: a.part, 1: b.part, 2: c.part },
    {
      at: 3,
      values: [
        m,
        n,
        k,
        groups,
        ...a.strides,
        first(a),
        ...b.strides,
        first(b),
        c.strides[0],
        c.strides[2],
        first(c),
        length,
        slices?.distance ?? 0,
      ],
    },
    [Math.ceil(n / TILE), Math.ceil(m / TILE), groups * Math.ceil(k / length)],
  );
}

/** Activations (rows, groups, columns), a range of their rows: strides of row, column and group. */
function activations(tensor: TensorInfo, run: { first: number; count: number }): Matrix {
  const [, groups, columns] = tensor.shape as [number, number, number];
  const each = groups * columns;
  return {
    part: { tensor, first: run.first * each, count: run.count * each },
    strides: [each, 1, columns],
  };
}

/** Ranges of rows that fit one binding and whose tiles fit one dispatch dimension. */
function* rowRuns(
  backend: WebGpuBackend,
  rows: number,
  widest: number,
): Generator<{ first: number; count: number }> {
  for (const run of runs(backend, 'groupedMatMul', rows, widest))
    for (let first = 0; first < run.count; first += MOST_TILES * TILE)
      yield { first: run.first + first, count: Math.min(MOST_TILES * TILE, run.count - first) };
}

export const groupedMatMul: Kernel<WebGpuBackend, 'groupedMatMul'> = (backend, { x, w }) => {
  const [rows, groups, i] = x.shape as [number, number, number];
  const o = w.shape[2]!;
  const y = output(backend, [rows, groups, o]);
  for (const run of rowRuns(backend, rows, groups * Math.max(i, o)))
    multiply(backend, {
      m: run.count,
      n: o,
      k: i,
      groups,
      a: activations(x, run),
      b: { part: { tensor: w }, strides: [o, 1, i * o] },
      c: activations(y, run),
    });
  return y;
};

export const groupedMatMulGradX: Kernel<WebGpuBackend, 'groupedMatMulGradX'> = (backend, { dy, w }) => {
  const [rows, groups, o] = dy.shape as [number, number, number];
  const i = w.shape[1]!;
  const dx = output(backend, [rows, groups, i]);
  for (const run of rowRuns(backend, rows, groups * Math.max(i, o)))
    multiply(backend, {
      m: run.count,
      n: i,
      k: o,
      groups,
      a: activations(dy, run),
      b: { part: { tensor: w }, strides: [1, o, i * o] },
      c: activations(dx, run),
    });
  return dx;
};

export const groupedMatMulGradW: Kernel<WebGpuBackend, 'groupedMatMulGradW'> = (backend, { x, dy }) => {
  const [rows, groups, i] = x.shape as [number, number, number];
  const o = dy.shape[2]!;
  const dw = output(backend, [groups, i, o]);
  const size = groups * i * o;
  const parts = [...rowRuns(backend, rows, groups * Math.max(i, o))];
  const length = Math.max(SLICE, Math.ceil((rows * size) / MOST_OF_SLICES));
  const slices = parts.reduce((sum, { count }) => sum + Math.ceil(count / length), 0);
  withScratch(backend, [slices * size], (sums) => {
    let slice = 0;
    for (const run of parts) {
      const [xs, dys] = [activations(x, run), activations(dy, run)];
      multiply(backend, {
        m: i,
        n: o,
        k: run.count,
        groups,
        a: { part: xs.part, strides: [1, xs.strides[0], xs.strides[2]] },
        b: dys,
        c: { part: { tensor: sums!, first: slice * size }, strides: [o, 1, i * o] },
        slices: { length, distance: size },
      });
      slice += Math.ceil(run.count / length);
    }
    addBlocks(backend, sums!, dw, { blocks: slices, count: size });
  });
  return dw;
};
