// Letters: q queries, k neighbours, m rows of the bank, d values of a row.
import * as tf from '@tensorflow/tfjs-core';
import { principalAxes } from './axes.js';
import { squaredDistance } from './distance.js';
import { GroupedRows, type GroupSizes } from './groups.js';
import { Nearest } from './nearest.js';

/** Nearest rows of queries, row-major (q, k), nearest first and the lower index first of equal ones. */
export interface Neighbours {
  readonly k: number;
  readonly indices: Int32Array;
  /** Exact squared Euclidean distances. */
  readonly squared: Float64Array;
}

export interface SearchSizes extends GroupSizes {
  /** Queries in one product. */
  readonly queries: number;
  /** Directions of the shortened rows; 0 for none. By default 63 where a row has more than four times as many values. */
  readonly axes?: number;
}

/** A product of 1024 queries and a block is 32 MiB: within the buffers of every GPU. */
const SIZES: SearchSizes = { block: 8192, group: 64, queries: 1024 };
/** With the length of what they leave out, 64 values. */
const AXES = 63;
/** Rows from which the directions are found. */
const SAMPLED = 1024;
/** A smaller bank is compared at once. */
const LEAST_ROWS = 1024;
/** Shortened rows are compared group by group on the host more often than not: small groups. */
const SHORT_GROUP = 16;
/** Groups of shortened rows that may hold a neighbour; a query with more is compared by its whole values. */
const MOST_GROUPS = 32;
/** Twice the unit roundoff of float32. */
const EPSILON = 2 ** -23;

/**
 * Exact nearest neighbours in a bank, whatever the backend. The backend computes |b|² − 2ab of all pairs in float32, block by
 * block, and returns the least of each group of rows. What rounding and cancellation can have changed is bounded; every group
 * within that bound is computed again on the host, from differences in float64, and only those numbers count.
 *
 * Where rows are long, the backend first compares shortened ones: their values along a few directions, and the length of the rest. Such a
 * distance is never longer than the real one, so a group that is too far by it is too far; a product of a sixth of the size leaves a few
 * rows. Only queries for which it leaves many, far from all of the bank, are compared by their whole values.
 */
export class NeighbourSearch {
  readonly #sizes: SearchSizes;
  /** Subtracted from both sides: distances stay, and small norms make the bound small. */
  readonly #mean: Float32Array;
  readonly #axes: number;
  readonly #shortGroup: number;
  #short: Shortened | undefined;
  #shortening: Promise<Shortened> | undefined;
  #whole: Groups | undefined;

  /** @param bank rows of `dims` values, one after the other; kept, not copied */
  constructor(
    readonly bank: Float32Array,
    readonly dims: number,
    sizes: Partial<SearchSizes> = {},
  ) {
    this.#sizes = { ...SIZES, ...sizes };
    if (this.rows === 0) throw new RangeError('NeighbourSearch: the bank has no rows.');
    this.#mean = meanRow(bank, dims);
    this.#axes = sizes.axes ?? (dims > 4 * AXES && this.rows >= LEAST_ROWS ? AXES : 0);
    this.#shortGroup = sizes.group ?? SHORT_GROUP;
    if (this.#axes === 0) this.#whole = this.#wholeRows();
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
    let left = this.rows;
    if (without) for (let i = 0; i < without.length; i++) left -= without[i]!;
    if (left === 0) throw new RangeError('NeighbourSearch: no row of the bank is left to compare with.');
    const most = Math.min(k, left);
    const found: Neighbours = {
      k: most,
      indices: new Int32Array(count * most),
      squared: new Float64Array(count * most),
    };
    const search: Search = { host, found, without };
    for (let first = 0; first < count; first += this.#sizes.queries) {
      const part = Array.from({ length: Math.min(this.#sizes.queries, count - first) }, (_, q) => first + q);
      const centred = tf.tidy(
        () =>
          tf.sub(
            tf.slice(queries, [first, 0], [part.length, this.dims]),
            tf.tensor1d(this.#mean),
          ) as tf.Tensor2D,
      );
      try {
        const short = this.#axes > 0 ? await (this.#shortening ??= this.#shortened()) : undefined;
        const rest = short ? await this.#byShortened(short, centred, part, search) : part;
        if (rest.length > 0) await this.#byWhole(centred, part, rest, search);
      } finally {
        centred.dispose();
      }
    }
    return found;
  }

  dispose(): void {
    this.#short?.dispose();
    this.#short = undefined;
    this.#shortening = undefined;
    this.#whole?.rows.dispose();
    this.#whole = undefined;
  }

  /** Finds the neighbours of the queries `part`; returns those for which too many rows may be the nearest. */
  async #byShortened(
    { axes, back, groups, error }: Shortened,
    centred: tf.Tensor2D,
    part: readonly number[],
    search: Search,
  ): Promise<number[]> {
    const short = shortened(centred, axes, back);
    const penalties = search.without && groups.rows.penaltiesOf(search.without);
    try {
      const squares = tf.tidy(() => tf.sum(tf.square(short), 1));
      const [least, square] = await Promise.all([groups.rows.least(short, penalties), squares.data()]);
      squares.dispose();
      const { count } = groups.rows;
      const bounds = new Float64Array(count);
      return part.filter((q, i) => {
        const norm = this.#norm(search.host, q);
        if (Number.isFinite(norm))
          for (let g = 0; g < count; g++) {
            const reach = norm + groups.norms[g]!;
            const shortest =
              square[i]! + least[i * count + g]! - 2 * (axes.shape[1] + 17) * EPSILON * reach ** 2;
            const distance = Math.sqrt(Math.max(0, shortest)) - error * reach;
            bounds[g] = distance > 0 ? distance ** 2 : 0;
          }
        return !this.#within(q, norm, bounds, groups.size, search);
      });
    } finally {
      short.dispose();
      if (penalties) tf.dispose(penalties);
    }
  }

  /** Compares query `q` with the groups whose lower bound is not beyond its k nearest; false, with nothing found, where they are too many. */
  #within(q: number, norm: number, bounds: Float64Array, group: number, search: Search): boolean {
    const best = bestOf(search, q);
    if (!Number.isFinite(norm)) {
      best.none();
      return true;
    }
    let first = 0;
    // NaN of a backend says nothing: such a group is compared
    for (let g = 1; g < bounds.length; g++) if (bounds[g]! < bounds[first]!) first = g;
    this.#compare(q, first, group, best, search);
    const open: number[] = [];
    for (let g = 0; g < bounds.length; g++) {
      if (g === first || bounds[g]! > best.furthest) continue;
      if (open.push(g) <= MOST_GROUPS) continue;
      best.clear();
      return false;
    }
    open.sort((a, b) => bounds[a]! - bounds[b]! || a - b);
    for (const g of open) if (!(bounds[g]! > best.furthest)) this.#compare(q, g, group, best, search);
    return true;
  }

  /** Finds the neighbours of the queries `wanted`, which are some of `part`. */
  async #byWhole(
    centred: tf.Tensor2D,
    part: readonly number[],
    wanted: readonly number[],
    search: Search,
  ): Promise<void> {
    const { rows, norms, size } = (this.#whole ??= this.#wholeRows());
    const at = wanted.map((q) => q - part[0]!);
    const chosen = at.length === part.length ? undefined : tf.tidy(() => tf.gather(centred, at));
    const penalties = search.without && rows.penaltiesOf(search.without);
    try {
      const least = await rows.least(chosen ?? centred, penalties);
      for (const [i, q] of wanted.entries()) {
        const best = bestOf(search, q);
        const norm = this.#norm(search.host, q);
        if (!Number.isFinite(norm)) {
          best.none();
          continue;
        }
        const values = least.subarray(i * rows.count, (i + 1) * rows.count);
        for (const { g, bound } of this.#candidates(values, norms, norm, search.found.k)) {
          // the k nearest so far are nearer than any row of the groups that remain
          if (bound > best.furthest) break;
          this.#compare(q, g, size, best, search);
        }
      }
    } finally {
      chosen?.dispose();
      if (penalties) tf.dispose(penalties);
    }
  }

  /** Offers the rows of a group with their exact distances. */
  #compare(q: number, g: number, group: number, best: Nearest, { host, without }: Search): void {
    const { dims } = this;
    const end = Math.min((g + 1) * group, this.rows);
    for (let i = g * group; i < end; i++)
      if (without?.[i] !== 1)
        best.offer(i, squaredDistance(host, q * dims, this.bank, i * dims, dims, best.furthest));
  }

  /** Of a query without the mean. */
  #norm(host: Float32Array, q: number): number {
    const { dims } = this;
    let square = 0;
    for (let d = 0; d < dims; d++) square += (host[q * dims + d]! - this.#mean[d]!) ** 2;
    return Math.sqrt(square);
  }

  /** The groups that can hold one of the k nearest rows, the likeliest first, with a lower bound of their squared distances. */
  #candidates(
    least: Float32Array,
    norms: Float64Array,
    norm: number,
    k: number,
  ): { g: number; bound: number }[] {
    const square = norm * norm;
    // the k-th smallest upper bound: at least k rows are as near
    const upper = new Float64Array(k).fill(Infinity);
    const error = (g: number): number => (this.dims + 16) * EPSILON * (norm + norms[g]!) ** 2;
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

  #wholeRows(): Groups {
    const { block, group } = this.#sizes;
    const rows = new GroupedRows(this.rows, { block, group }, (first, count) =>
      this.#centred(count, (i) => first + i),
    );
    return { rows, norms: this.#norms(group), size: group };
  }

  async #shortened(): Promise<Shortened> {
    const { dims } = this;
    const count = this.#axes;
    const step = Math.max(1, this.rows / SAMPLED);
    const sample = this.#centred(Math.min(SAMPLED, this.rows), (i) => Math.floor(i * step));
    const values = await principalAxes(sample, count).finally(() => sample.dispose());
    const axes = tf.tensor2d(values, [dims, count]);
    const back = tf.tidy(() => tf.transpose(axes));
    const group = this.#shortGroup;
    const sizes = { block: this.#sizes.block, group };
    const rows = new GroupedRows(this.rows, sizes, (first, some) => {
      const centred = this.#centred(some, (i) => first + i);
      const short = shortened(centred, axes, back);
      centred.dispose();
      return short;
    });
    this.#short = {
      axes,
      back,
      groups: { rows, norms: this.#norms(group), size: group },
      // of `dims` products each value has this rounding, the length of all of them as much by the root of their number
      error: 2 * Math.sqrt(count + 1) * (dims + 16) * EPSILON,
      dispose: () => {
        tf.dispose([axes, back]);
        rows.dispose();
      },
    };
    return this.#short;
  }

  /** Rows of the bank without the mean, on the backend. */
  #centred(count: number, rowOf: (i: number) => number): tf.Tensor2D {
    const { dims } = this;
    const data = new Float32Array(count * dims);
    for (let i = 0; i < count; i++) {
      const from = rowOf(i) * dims;
      for (let d = 0; d < dims; d++) data[i * dims + d] = this.bank[from + d]! - this.#mean[d]!;
    }
    return tf.tensor2d(data, [count, dims]);
  }

  /** The largest norm of a centred row in each group. */
  #norms(group: number): Float64Array {
    const norms = new Float64Array(Math.ceil(this.rows / group));
    for (let r = 0; r < this.rows; r++) {
      const g = Math.floor(r / group);
      norms[g] = Math.max(norms[g]!, this.#norm(this.bank, r));
    }
    return norms;
  }
}

/** One call of `nearest`. */
interface Search {
  /** The queries on the host. */
  readonly host: Float32Array;
  readonly found: Neighbours;
  readonly without: Uint8Array | undefined;
}

interface Groups {
  readonly rows: GroupedRows;
  /** The largest norm of a centred row in each. */
  readonly norms: Float64Array;
  /** Rows in each. */
  readonly size: number;
}

interface Shortened {
  /** (d, axes), and transposed. */
  readonly axes: tf.Tensor2D;
  readonly back: tf.Tensor2D;
  readonly groups: Groups;
  /** A shortened row is this share of a row's norm from what it should be, at most. */
  readonly error: number;
  readonly dispose: () => void;
}

/** The values of centred rows along the axes, and the length of the rest: (rows, axes + 1). */
function shortened(centred: tf.Tensor2D, axes: tf.Tensor2D, back: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const along = tf.matMul(centred, axes);
    const rest = tf.sub(centred, tf.matMul(along, back));
    return tf.concat([along, tf.sqrt(tf.sum(tf.square(rest), 1, true))], 1) as tf.Tensor2D;
  });
}

function bestOf({ found: { k, indices, squared } }: Search, q: number): Nearest {
  return new Nearest(k, indices.subarray(q * k, (q + 1) * k), squared.subarray(q * k, (q + 1) * k));
}

function meanRow(bank: Float32Array, dims: number): Float32Array {
  const sum = new Float64Array(dims);
  for (let i = 0; i < bank.length; i += dims) for (let d = 0; d < dims; d++) sum[d]! += bank[i + d]!;
  return Float32Array.from(sum, (value) => value / (bank.length / dims));
}
