// The definition of the coreset and of the nearest neighbours, in plain loops: the fast versions answer to it in tests.
import { squaredDistance } from './distance.js';

/** Vectors of `dims` float32 values, one after the other. */
export interface Vectors {
  readonly data: Float32Array;
  readonly dims: number;
}

const between = (a: Vectors, i: number, b: Vectors, j: number): number =>
  squaredDistance(a.data, i * a.dims, b.data, j * b.dims, a.dims);

/**
 * The greedy coreset (farthest points first): `count` times the row whose anchor is largest, the first of equal ones; its
 * distances then lower the anchors of all. It ends early where every row equals a chosen one.
 * @param anchors squared distances to begin with, one per row
 * @returns indices in the order of choice
 */
export function greedyReference(points: Vectors, count: number, anchors: ArrayLike<number>): number[] {
  const rows = points.data.length / points.dims;
  const anchor = Float64Array.from(anchors);
  const chosen: number[] = [];
  while (chosen.length < Math.min(count, rows)) {
    let best = 0;
    for (let i = 1; i < rows; i++) if (anchor[i]! > anchor[best]!) best = i;
    if (!(anchor[best]! > 0)) break;
    chosen.push(best);
    for (let i = 0; i < rows; i++) anchor[i] = Math.min(anchor[i]!, between(points, i, points, best));
  }
  return chosen;
}

/**
 * The k nearest rows of the bank for each query, nearest first, the lower index first of equal ones; k at most the bank's rows.
 * @returns row-major (queries, k): indices and squared distances
 */
export function nearestReference(
  bank: Vectors,
  queries: Vectors,
  k: number,
): { indices: number[]; squared: number[] } {
  const rows = bank.data.length / bank.dims;
  const indices: number[] = [];
  const squared: number[] = [];
  for (let q = 0; q < queries.data.length / queries.dims; q++) {
    const all = Array.from({ length: rows }, (_, i) => ({ i, d: between(queries, q, bank, i) }));
    all.sort((a, b) => a.d - b.d || a.i - b.i);
    for (const { i, d } of all.slice(0, k)) {
      indices.push(i);
      squared.push(d);
    }
  }
  return { indices, squared };
}
