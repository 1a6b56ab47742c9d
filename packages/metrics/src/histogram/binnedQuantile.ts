import type { Scores } from '../metric.js';
import { BINS, countBins, topOf } from './histogram.js';

/** Quantiles of any number of values in fixed memory (8 MB): they are counted, not stored. */
export class BinnedQuantile {
  readonly #bins = new Float64Array(BINS);
  #count = 0;

  add(values: Scores): void {
    countBins(this.#bins, values);
    this.#count += values.length;
  }

  /**
   * The `q`-quantile (0..1, nearest rank) of all values, as float32, too large by up to 1/2048 of its magnitude.
   * Throws a RangeError without values.
   */
  quantile(q: number): number {
    if (this.#count === 0) throw new RangeError('quantile: no values');
    const rank = Math.min(this.#count, Math.max(1, Math.ceil(q * this.#count)));
    let below = 0;
    let bin = 0;
    while ((below += this.#bins[bin]!) < rank) bin++;
    return topOf(bin);
  }
}
