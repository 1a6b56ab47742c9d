// Letters: q queries, m rows, d values of a row.
import * as tf from '@tensorflow/tfjs-core';

export interface GroupSizes {
  /** Rows in one product, a multiple of `group`. */
  readonly block: number;
  /** Rows of which the backend returns only the least distance. */
  readonly group: number;
}

/** The norm of a row that only fills up a block: never the least. */
const NEVER = 1e30;

/** Rows on the backend, which returns of each group of them the least distance to queries. */
export class GroupedRows {
  readonly #blocks: tf.Tensor2D[] = [];

  /**
   * @param rowsAt `count` rows from the one at `first`, (count, d), which this function disposes
   */
  constructor(
    private readonly rows: number,
    private readonly sizes: GroupSizes,
    rowsAt: (first: number, count: number) => tf.Tensor2D,
  ) {
    const { block } = sizes;
    for (let first = 0; first < rows; first += block)
      this.#blocks.push(this.#blockOf(rowsAt(first, Math.min(block, rows - first))));
  }

  /** Their number. */
  get count(): number {
    return Math.ceil(this.rows / this.sizes.group);
  }

  /**
   * What keeps rows from being the least: added to their squared norms, block by block. The caller's to dispose.
   * @param without for each row 1 where it does not count
   */
  penaltiesOf(without: Uint8Array): tf.Tensor1D[] {
    const { block } = this.sizes;
    return this.#blocks.map(({ shape: [filled] }, b) => {
      const penalties = new Float32Array(filled);
      // plain loops: this is done for each picture, over all rows
      const own = without.subarray(b * block, b * block + filled);
      for (let r = 0; r < own.length; r++) if (own[r] === 1) penalties[r] = NEVER;
      return tf.tensor1d(penalties);
    });
  }

  /**
   * The least |b|² − 2ab of each group, up to rounding, row-major (q, groups).
   * @param queries (q, d), the caller's
   */
  async least(queries: tf.Tensor2D, penalties?: readonly tf.Tensor1D[]): Promise<Float32Array> {
    const [size] = queries.shape;
    const { group } = this.sizes;
    const { count } = this;
    const scaled = tf.tidy(() => tf.concat([tf.mul(queries, -2), tf.ones([size, 1])], 1) as tf.Tensor2D);
    const out = new Float32Array(size * count);
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
      for (let q = 0; q < size; q++) out.set(data.subarray(q * inBlock, (q + 1) * inBlock), q * count + at);
      at += inBlock;
    }
    scaled.dispose();
    return out;
  }

  dispose(): void {
    tf.dispose(this.#blocks);
    this.#blocks.length = 0;
  }

  /** Rows with their squared norm as one more value, and rows that are never the least up to a whole group. */
  #blockOf(rows: tf.Tensor2D): tf.Tensor2D {
    const { group } = this.sizes;
    const [count, dims] = rows.shape;
    const missing = (group - (count % group)) % group;
    const block = tf.tidy(() => {
      const own = tf.concat([rows, tf.sum(tf.square(rows), 1, true)], 1);
      if (missing === 0) return own as tf.Tensor2D;
      const filling = tf.concat([tf.zeros([missing, dims]), tf.fill([missing, 1], NEVER)], 1);
      return tf.concat([own, filling], 0) as tf.Tensor2D;
    });
    rows.dispose();
    return block;
  }
}
