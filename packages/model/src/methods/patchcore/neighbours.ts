// Letters: q queries, k neighbours, m rows of the bank, d values of a row.
import * as tf from '@tensorflow/tfjs-core';
import { squaredDistance } from './distance.js';

/** Nearest rows of queries, row-major (q, k), nearest first and the lower index first of equal ones. */
export interface Neighbours {
  readonly k: number;
  readonly indices: Int32Array;
  /** Exact squared Euclidean distances. */
  readonly squared: Float64Array;
}

export interface SearchSizes {
  /** Rows of the bank in one product, a multiple of `group`. */
  readonly block: number;
  /** Rows of which the backend returns only the least distance. */
  readonly group: number;
  /** Queries in one product. */
  readonly queries: number;
}

/** A product of 1024 queries and a block is 32 MiB: within the buffers of every GPU. */
const SIZES: SearchSizes = { block: 8192, group: 64, queries: 1024 };
/** The norm of a row that only fills up a block: never the least. */
const NEVER = 1e30;
/** Twice the unit roundoff of float32. */
const EPSILON = 2 ** -23;

/**
 * Exact nearest neighbours in a bank, whatever the backend. The backend computes |b|² − 2ab of all pairs in float32, block by
 * block, and returns the least of each group of rows. What rounding and cancellation can have changed is bounded; every group
 * within that bound is computed again on the host, from differences in float64, and only those numbers count.
 */
export class NeighbourSearch {
  readonly #blocks: tf.Tensor2D[] = [];
  readonly #sizes: SearchSizes;
  /** Subtracted from both sides: distances stay, and small norms make the bound small. */
  readonly #mean: Float32Array;
  /** The largest norm of a centred row in each group. */
  readonly #norms: Float64Array;

  /** @param bank rows of `dims` values, one after the other; kept, not copied */
  constructor(
    readonly bank: Float32Array,
    readonly dims: number,
    sizes: Partial<SearchSizes> = {},
  ) {
    this.#sizes = { ...SIZES, ...sizes };
    const { block, group } = this.#sizes;
    if (this.rows === 0) throw new RangeError('NeighbourSearch: the bank has no rows.');
    this.#mean = meanRow(bank, dims);
    this.#norms = new Float64Array(Math.ceil(this.rows / group));
    for (let first = 0; first < this.rows; first += block) this.#blocks.push(this.#blockAt(first));
  }

  get rows(): number {
    return this.bank.length / this.dims;
  }

  /**
   * The `k` nearest rows of each query, or all rows of a smaller bank. A query with a value that is not finite has
   * distances of NaN.
   * @param queries (q, d), the caller's
   * @param without for each row of the bank 1 where it does not count, else 0. Throws a RangeError where no row is left.
   */
  async nearest(queries: tf.Tensor2D, k: number, without?: Uint8Array): Promise<Neighbours> {
    const [count] = queries.shape;
    const host = await queries.data<'float32'>();
    const left = without ? without.reduce((rows, out) => rows - out, this.rows) : this.rows;
    if (left === 0) throw new RangeError('NeighbourSearch: no row of the bank is left to compare with.');
    const most = Math.min(k, left);
    const found: Neighbours = {
      k: most,
      indices: new Int32Array(count * most),
      squared: new Float64Array(count * most),
    };
    const penalties = without ? this.#penaltiesOf(without) : undefined;
    try {
      for (let first = 0; first < count; first += this.#sizes.queries) {
        const size = Math.min(this.#sizes.queries, count - first);
        const least = await this.#leastOfGroups(queries, first, size, penalties);
        for (let q = 0; q < size; q++) this.#exact(host, first + q, least, q, found, without);
      }
    } finally {
      if (penalties) tf.dispose(penalties);
    }
    return found;
  }

  dispose(): void {
    tf.dispose(this.#blocks);
    this.#blocks.length = 0;
  }

  /** A block on the backend: centred rows with their squared norm as one more value, (rows, d + 1). */
  #blockAt(first: number): tf.Tensor2D {
    const { dims } = this;
    const { block, group } = this.#sizes;
    const rows = Math.min(block, this.rows - first);
    const filled = Math.ceil(rows / group) * group;
    const data = new Float32Array(filled * (dims + 1));
    for (let r = 0; r < filled; r++) {
      const to = r * (dims + 1);
      if (r >= rows) {
        data[to + dims] = NEVER;
        continue;
      }
      const from = (first + r) * dims;
      let norm = 0;
      for (let d = 0; d < dims; d++) {
        const value = Math.fround(this.bank[from + d]! - this.#mean[d]!);
        data[to + d] = value;
        norm += value * value;
      }
      data[to + dims] = norm;
      const g = Math.floor((first + r) / group);
      this.#norms[g] = Math.max(this.#norms[g]!, Math.sqrt(norm));
    }
    return tf.tensor2d(data, [filled, dims + 1]);
  }

  /** For each block what is added to the squared norms of its rows: so much where a row does not count that it is never the least. */
  #penaltiesOf(without: Uint8Array): tf.Tensor1D[] {
    const { block } = this.#sizes;
    return this.#blocks.map(({ shape: [filled] }, b) =>
      tf.tensor1d(Float32Array.from({ length: filled }, (_, r) => (without[b * block + r] ? NEVER : 0))),
    );
  }

  /** The least |b|² − 2ab of each group, up to rounding, row-major (size, groups). */
  async #leastOfGroups(
    queries: tf.Tensor2D,
    first: number,
    size: number,
    penalties?: readonly tf.Tensor1D[],
  ): Promise<Float32Array> {
    const { group } = this.#sizes;
    const scaled = tf.tidy(() => {
      const part = tf.sub(tf.slice(queries, [first, 0], [size, this.dims]), tf.tensor1d(this.#mean));
      return tf.concat([tf.mul(part, -2), tf.ones([size, 1])], 1) as tf.Tensor2D;
    });
    const groups = this.#norms.length;
    const out = new Float32Array(size * groups);
    let at = 0;
    for (const [b, block] of this.#blocks.entries()) {
      const inBlock = block.shape[0] / group;
      const least = tf.tidy(() => {
        const all = tf.matMul(scaled, block, false, true);
        const counted = penalties ? tf.add(all, penalties[b]!) : all;
        return tf.min(tf.reshape(counted, [size, inBlock, group]), 2);
      });
      const data = await least.data();
      least.dispose();
      for (let q = 0; q < size; q++) out.set(data.subarray(q * inBlock, (q + 1) * inBlock), q * groups + at);
      at += inBlock;
    }
    scaled.dispose();
    return out;
  }

  /** Compares query `q` with the rows of every group that can hold one of its k nearest. */
  #exact(
    host: Float32Array,
    q: number,
    least: Float32Array,
    row: number,
    found: Neighbours,
    without?: Uint8Array,
  ): void {
    const { k, indices, squared } = found;
    const { group } = this.#sizes;
    const groups = this.#norms.length;
    const best = new Nearest(k, indices.subarray(q * k, (q + 1) * k), squared.subarray(q * k, (q + 1) * k));
    const from = q * this.dims;
    let norm = 0;
    for (let d = 0; d < this.dims; d++) norm += (host[from + d]! - this.#mean[d]!) ** 2;
    if (!Number.isFinite(norm)) return best.none();
    norm = Math.sqrt(norm);
    const values = least.subarray(row * groups, (row + 1) * groups);
    for (const { g, bound } of this.#candidates(values, norm, k)) {
      // the k nearest so far are nearer than any row of the groups that remain
      if (bound > best.furthest) break;
      const end = Math.min((g + 1) * group, this.rows);
      for (let i = g * group; i < end; i++)
        if (without?.[i] !== 1)
          best.offer(i, squaredDistance(host, from, this.bank, i * this.dims, this.dims, best.furthest));
    }
  }

  /** The groups that can hold one of the k nearest rows, the likeliest first, with a lower bound of their squared distances. */
  #candidates(least: Float32Array, norm: number, k: number): { g: number; bound: number }[] {
    const square = norm * norm;
    // the k-th smallest upper bound: at least k rows are as near
    const upper = new Float64Array(k).fill(Infinity);
    const error = (g: number): number => (this.dims + 16) * EPSILON * (norm + this.#norms[g]!) ** 2;
    for (let g = 0; g < least.length; g++) {
      let bound = square + least[g]! + error(g);
      // NaN and infinities of a backend say nothing
      if (!Number.isFinite(bound)) continue;
      for (let i = 0; i < k && bound < Infinity; i++)
        if (bound < upper[i]!) [upper[i], bound] = [bound, upper[i]!];
    }
    const most = upper[k - 1]!;
    const found: { g: number; bound: number }[] = [];
    for (let g = 0; g < least.length; g++) {
      const bound = square + least[g]! - error(g);
      if (!(bound > most)) found.push({ g, bound: Number.isNaN(bound) ? -Infinity : bound });
    }
    return found.sort((a, b) => a.bound - b.bound || a.g - b.g);
  }
}

/** The k nearest of the rows offered. */
class Nearest {
  constructor(
    private readonly k: number,
    private readonly indices: Int32Array,
    private readonly squared: Float64Array,
  ) {
    squared.fill(Infinity);
    indices.fill(-1);
  }

  get furthest(): number {
    return this.squared[this.k - 1]!;
  }

  offer(index: number, squared: number): void {
    if (!this.#before(squared, index, this.k - 1)) return;
    let at = this.k - 1;
    while (at > 0 && this.#before(squared, index, at - 1)) {
      this.squared[at] = this.squared[at - 1]!;
      this.indices[at] = this.indices[at - 1]!;
      at--;
    }
    this.squared[at] = squared;
    this.indices[at] = index;
  }

  /** The query has no distances. */
  none(): void {
    this.squared.fill(NaN);
    this.indices.fill(0);
  }

  #before(squared: number, index: number, at: number): boolean {
    const other = this.squared[at]!;
    return squared < other || (squared === other && (this.indices[at]! < 0 || index < this.indices[at]!));
  }
}

function meanRow(bank: Float32Array, dims: number): Float32Array {
  const sum = new Float64Array(dims);
  for (let i = 0; i < bank.length; i += dims) for (let d = 0; d < dims; d++) sum[d]! += bank[i + d]!;
  return Float32Array.from(sum, (value) => value / (bank.length / dims));
}
