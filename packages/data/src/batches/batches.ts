import { seededRandom, shuffle } from '../random.js';

export interface BatchOptions {
  /** Seed of the run. */
  seed: number | string;
  /** Number of the epoch, counted from 0. Part of the key: every epoch has its own order, independent of the previous ones. */
  epoch: number;
  /** `false` keeps the order 0, 1, 2, … Default `true`. */
  shuffle?: boolean;
  /** Drops a last batch shorter than `batchSize`. Default `false`. */
  dropLast?: boolean;
}

/**
 * The sample indices of one epoch, cut into batches of `batchSize`. The order depends only on `seed` and `epoch`, so a
 * resumed run sees the same batches as an uninterrupted one.
 *
 * Every index from 0 to `count` - 1 occurs once. With `dropLast` the incomplete last batch is dropped, except if it is
 * the only one: with `count` < `batchSize` there is one short batch, never none, so that a small class can be trained on.
 * Throws RangeError if `count` or `batchSize` is not an integer of at least 1.
 */
export function batches(count: number, batchSize: number, options: BatchOptions): number[][] {
  if (!Number.isInteger(count) || count < 1) {
    throw new RangeError(`batches: count must be an integer of at least 1, got ${count}`);
  }
  if (!Number.isInteger(batchSize) || batchSize < 1) {
    throw new RangeError(`batches: batchSize must be an integer of at least 1, got ${batchSize}`);
  }
  const order = Array.from({ length: count }, (_, index) => index);
  if (options.shuffle ?? true) shuffle(order, seededRandom('batches', options.seed, options.epoch));
  const cut: number[][] = [];
  for (let start = 0; start < count; start += batchSize) cut.push(order.slice(start, start + batchSize));
  if (options.dropLast && cut.length > 1 && cut.at(-1)!.length < batchSize) cut.pop();
  return cut;
}

/** The batches of each training epoch: shuffled by seed and epoch, a last short one dropped. */
export function trainingOrder(
  count: number,
  batchSize: number,
  seed: number | string,
): (epoch: number) => number[][] {
  return (epoch) => batches(count, batchSize, { seed, epoch, shuffle: true, dropLast: true });
}
