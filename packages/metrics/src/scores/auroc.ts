import { defined, undefinedMetric, NO_ANOMALOUS, NO_NORMAL, type Metric } from '../metric.js';
import type { Fold, Totals } from '../counting/ranking.js';
import { foldSamples } from './samples.js';

/**
 * Area under the ROC curve by the trapezoid rule, equal scores being one threshold: the probability that an
 * anomalous sample outscores a normal one, ties counting one half. 1 is perfect, 0.5 chance.
 *
 * `scores` (n) finite, higher is more anomalous; `labels` (n), 0 normal, anything else anomalous.
 * Null if there are no normal or no anomalous samples. Throws on unequal lengths and on scores that are not finite.
 */
export function auroc(scores: ArrayLike<number>, labels: ArrayLike<number>): Metric {
  return foldSamples('auroc', scores, labels, aurocFold);
}

export function aurocFold({ positiveCount, negativeCount }: Totals): Fold<Metric> {
  let wins = 0;
  let before = 0;
  return {
    add({ tp, fpAbove, fp }) {
      for (let t = 0; t < tp.length; t++) {
        const outscored = negativeCount - fp[t]!;
        const tied = fp[t]! - fpAbove[t]!;
        wins += (tp[t]! - before) * (outscored + tied / 2);
        before = tp[t]!;
      }
    },
    result() {
      if (positiveCount === 0) return undefinedMetric(NO_ANOMALOUS);
      if (negativeCount === 0) return undefinedMetric(NO_NORMAL);
      return defined(wins / positiveCount / negativeCount);
    },
  };
}
