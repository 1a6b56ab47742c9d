import { EdgeIndex } from './edgeIndex.js';
import type { Scores } from '../metric.js';
import { sortScores } from './sort.js';

/** Numbers of samples: Uint32Array where the total fits. */
export type Counts = Uint32Array | Float64Array;

/** Normal scores sorted together: enough that a pass over all edges is comparatively cheap. */
const CHUNK = 2 ** 22;

/** Samples above a cut. */
export interface Above {
  readonly tp: number;
  readonly fp: number;
  /** Sum of the weights of the anomalous ones. */
  readonly weight: number;
}

/**
 * Counts samples between and at given scores, the edges, without storing the samples: normal ones are collected in
 * chunks of 4 M, sorted and merged with the edges. Slot 2i is between the edges i - 1 and i, slot 2i + 1 at the edge i.
 * Memory: 40 bytes per edge plus two chunks.
 */
export class Tally {
  private readonly normal: Counts;
  private readonly anomalous: Counts;
  private readonly weights: Float64Array;
  private readonly index: EdgeIndex;
  private readonly chunk: Scores;
  private readonly scratch: Uint32Array | undefined;
  private pending = 0;

  /**
   * `edges` ascending and distinct; at most `normalCount` normal and `anomalousCount` anomalous samples will come;
   * `single` promises that float32 holds every score.
   */
  constructor(
    private readonly edges: Float64Array,
    normalCount: number,
    anomalousCount: number,
    single: boolean,
  ) {
    const slots = 2 * edges.length + 1;
    this.normal = counters(slots, normalCount);
    this.anomalous = counters(slots, anomalousCount);
    this.weights = new Float64Array(slots);
    this.index = new EdgeIndex(edges);
    const size = Math.min(CHUNK, normalCount);
    this.chunk = single ? new Float32Array(size) : new Float64Array(size);
    this.scratch = single ? new Uint32Array(size) : undefined;
  }

  addAnomalous(score: number, weight: number): void {
    const i = this.index.find(score);
    const slot = this.edges[i] === score ? 2 * i + 1 : 2 * i;
    this.anomalous[slot]!++;
    this.weights[slot]! += weight;
  }

  /** Adds the scores whose label is 0, all without labels. */
  addNormal(scores: Scores, labels?: ArrayLike<number>): void {
    const size = this.chunk.length;
    if (size === 0) return;
    for (let from = 0; from < scores.length; from += size) {
      const to = Math.min(scores.length, from + size);
      if (this.pending + (to - from) > size) this.flush();
      if (labels === undefined) {
        this.chunk.set(scores.subarray(from, to), this.pending);
        this.pending += to - from;
      } else this.pending = copyNormal(scores, labels, from, to, this.chunk, this.pending);
    }
  }

  /** Ends the counting: from now on the counts can be read. */
  finish(): void {
    this.flush();
    for (const slots of [this.normal, this.anomalous, this.weights]) {
      for (let i = slots.length - 2; i >= 0; i--) slots[i]! += slots[i + 1]!;
    }
  }

  /** Anomalous samples at or above the edge `index`. */
  tpAt(index: number): number {
    return this.anomalous[2 * index + 1]!;
  }

  /** Normal samples at or above the edge. */
  fpAt(index: number): number {
    return this.normal[2 * index + 1]!;
  }

  /** Normal samples above the edge. */
  fpAbove(index: number): number {
    return this.normal[2 * index + 2]!;
  }

  /** Weight of the anomalous samples at or above the edge. */
  weightAt(index: number): number {
    return this.weights[2 * index + 1]!;
  }

  /** Samples above the edge. */
  above(index: number): Above {
    const slot = 2 * index + 2;
    return { tp: this.anomalous[slot]!, fp: this.normal[slot]!, weight: this.weights[slot]! };
  }

  private flush(): void {
    const sorted = this.chunk.subarray(0, this.pending);
    sortScores(sorted, this.scratch);
    mergeCounts(sorted, this.edges, this.normal);
    this.pending = 0;
  }
}

function counters(length: number, greatest: number): Counts {
  return greatest < 2 ** 32 ? new Uint32Array(length) : new Float64Array(length);
}

function copyNormal(
  scores: Scores,
  labels: ArrayLike<number>,
  from: number,
  to: number,
  target: Scores,
  start: number,
): number {
  let end = start;
  for (let k = from; k < to; k++) {
    if (labels[k] === 0) target[end++] = scores[k]!;
  }
  return end;
}

function mergeCounts(sorted: Scores, edges: Float64Array, slots: Counts): void {
  const n = sorted.length;
  let k = 0;
  for (let e = 0; e < edges.length && k < n; e++) {
    const edge = edges[e]!;
    let start = k;
    while (k < n && sorted[k]! < edge) k++;
    slots[2 * e]! += k - start;
    start = k;
    while (k < n && sorted[k] === edge) k++;
    slots[2 * e + 1]! += k - start;
  }
  slots[2 * edges.length]! += n - k;
}

/**
 * Number of leading entries of 0..length-1 for which `holds` is true, given that it is true for a prefix only.
 */
export function prefixLength(length: number, holds: (index: number) => boolean): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
