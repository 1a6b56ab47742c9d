import { defined, undefinedMetric, NO_ANOMALOUS, type Metric } from '../metric.js';
import type { Fold, Totals } from '../counting/ranking.js';
import { foldSamples } from './samples.js';

/**
 * Average precision: sum over descending distinct thresholds of (R_n - R_{n-1}) P_n, without interpolation.
 *
 * `scores` (n) finite, higher is more anomalous; `labels` (n), 0 normal, anything else anomalous.
 * Null if no sample is anomalous; 1 if all are. Throws on unequal lengths and on scores that are not finite.
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): Metric {
  return foldSamples('averagePrecision', scores, labels, averagePrecisionFold);
}

export function averagePrecisionFold({ positiveCount }: Totals): Fold<Metric> {
  let sum = 0;
  let before = 0;
  return {
    add({ tp, fp }) {
      for (let t = 0; t < tp.length; t++) {
        const hits = tp[t]!;
        sum += ((hits - before) * hits) / (hits + fp[t]!);
        before = hits;
      }
    },
    result() {
      return positiveCount === 0 ? undefinedMetric(NO_ANOMALOUS) : defined(Math.min(1, sum / positiveCount));
    },
  };
}
