// The distances with which the greedy choice begins. All are squared: only their order matters.
import { squaredDistance } from '../distance.js';
import type { Rows } from './rows.js';

/**
 * The published code's exact start: the squared norm of each row of the matrix of all distances. It needs no matrix: the sum of
 * the squared distances to all rows is N·|x − mean|² + Σ|xⱼ − mean|².
 */
export function exactAnchors(rows: Rows): Float64Array {
  const { count, dims } = rows;
  const mean = new Float64Array(dims);
  for (let i = 0; i < count; i++) {
    const { part, at } = rows.place(i);
    for (let d = 0; d < dims; d++) mean[d]! += part[at + d]!;
  }
  for (let d = 0; d < dims; d++) mean[d]! /= count;
  const anchors = new Float64Array(count);
  let total = 0;
  for (let i = 0; i < count; i++) {
    const { part, at } = rows.place(i);
    let sum = 0;
    for (let d = 0; d < dims; d++) sum += (part[at + d]! - mean[d]!) ** 2;
    anchors[i] = count * sum;
    total += sum;
  }
  return anchors.map((anchor) => anchor + total);
}

/** The published code's approximate start: the mean distance to a few rows, which are not chosen by it; squared. */
export function approximateAnchors(rows: Rows, starts: readonly number[]): Float64Array {
  const { count, dims } = rows;
  const anchors = new Float64Array(count);
  for (const start of starts) {
    const from = rows.place(start);
    for (let i = 0; i < count; i++) {
      const { part, at } = rows.place(i);
      anchors[i]! += Math.sqrt(squaredDistance(part, at, from.part, from.at, dims));
    }
  }
  return anchors.map((sum) => (sum / starts.length) ** 2);
}

/** anomalib's start: `start` is chosen first, and every other row has no distance yet. */
export function kCenterAnchors(rows: Rows, start: number): Float64Array {
  const anchors = new Float64Array(rows.count).fill(Number.MAX_VALUE);
  anchors[start] = Infinity;
  return anchors;
}
