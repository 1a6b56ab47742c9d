import { defined, undefinedMetric, NO_ANOMALOUS, type Metric } from './metric.js';
import { rankScores, type Ranking } from './ranking.js';

/**
 * Average precision: sum over descending distinct thresholds of (R_n - R_{n-1}) P_n, without interpolation.
 *
 * `scores` (n) finite, higher is more anomalous; `labels` (n), 0 normal, anything else anomalous.
 * Null where no sample is anomalous; 1 where all are. Throws on unequal lengths and on scores that are not finite.
 */
export function averagePrecision(scores: ArrayLike<number>, labels: ArrayLike<number>): Metric {
  return averagePrecisionOf(rankScores('averagePrecision', scores, labels));
}

export function averagePrecisionOf({ positiveCount, tp, fp }: Ranking): Metric {
  if (positiveCount === 0) return undefinedMetric(NO_ANOMALOUS);
  let sum = 0;
  let before = 0;
  for (let t = 0; t < tp.length; t++) {
    const hits = tp[t]!;
    sum += ((hits - before) * hits) / (hits + fp[t]!);
    before = hits;
  }
  return defined(Math.min(1, sum / positiveCount));
}
