import type { Scores } from './metric.js';
import { BINS, countBins, topOf } from './histogram.js';

/** Quantiles of any number of values in fixed memory (8 MB): they are counted, not kept. */
export class BinnedQuantile {
  readonly #bins = new Float64Array(BINS);
  #count = 0;

  add(values: Scores): void {
    countBins(this.#bins, values);
    this.#count += values.length;
  }

  /**
   * The value that the share `q` (0..1) of all values does not exceed (nearest rank), as float32, or up to 1/2048 of its
   * magnitude more. Throws a RangeError where there are no values.
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
