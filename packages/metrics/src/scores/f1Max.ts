import { defined, undefinedMetric, NO_ANOMALOUS, type Metric } from '../metric.js';
import type { Fold, Totals } from '../counting/ranking.js';
import { foldSamples } from './samples.js';
import type { Above } from '../counting/tally.js';

/**
 * The maximum F1 = 2PR / (P + R) over all distinct scores as thresholds (prediction: score >= threshold).
 *
 * `scores` (n) finite, higher is more anomalous; `labels` (n), 0 normal, anything else anomalous.
 * Null if no sample is anomalous; 1 if all are. Throws on unequal lengths and on scores that are not finite.
 */
export function f1Max(scores: ArrayLike<number>, labels: ArrayLike<number>): Metric {
  return foldSamples('f1Max', scores, labels, f1MaxFold);
}

export function f1MaxFold(totals: Totals): Fold<Metric> {
  const best = bestF1Fold(totals);
  return {
    add: best.add,
    result() {
      const found = best.result();
      return found === undefined ? undefinedMetric(NO_ANOMALOUS) : defined(found.f1);
    },
  };
}

/** The maximum F1 with its threshold, the lowest of several; undefined without an anomalous sample. */
export function bestF1Fold({
  positiveCount,
}: Totals): Fold<{ readonly f1: number; readonly threshold: number } | undefined> {
  let best: { f1: number; threshold: number } | undefined;
  return {
    add({ thresholds, tp, fp }) {
      // A threshold between two scores of anomalous samples only adds false alarms: it is never the best.
      best ??= { f1: 0, threshold: Infinity };
      for (let t = 0; t < tp.length; t++) {
        const f1 = (2 * tp[t]!) / (tp[t]! + fp[t]! + positiveCount);
        if (f1 >= best.f1) {
          best.f1 = f1;
          best.threshold = thresholds[t]!;
        }
      }
    },
    result: () => best,
  };
}

/** Added by the authors' code to every denominator. */
const EPSILON = 1e-8;

/**
 * F1-max as the authors' code evaluates it for pixels: scores min-max normalised over the class, `steps` equidistant
 * thresholds from 0 to 1 (21: 0, 0.05 ... 1), prediction strictly greater, 1e-8 in each denominator.
 * Never above {@link f1Max}; 0 if all scores are equal, because none exceeds a threshold then.
 *
 * `scores` (n) finite; `labels` (n), 0 normal, anything else anomalous. Null if no sample is anomalous.
 * Throws on unequal lengths, on scores that are not finite, on `steps` below 2.
 */
export function f1MaxSteps(scores: ArrayLike<number>, labels: ArrayLike<number>, steps = 21): Metric {
  if (!Number.isInteger(steps) || steps < 2) {
    throw new Error(`f1MaxSteps: steps must be an integer of at least 2, got ${steps}.`);
  }
  return foldSamples('f1MaxSteps', scores, labels, (totals) => f1StepsFold(totals, steps));
}

export function f1StepsFold(totals: Totals, steps = 21): Fold<Metric> {
  const { positiveCount } = totals;
  const cuts = stepCuts(totals, steps);
  let best: number | undefined;
  return {
    cuts,
    add(segment) {
      best ??= Math.max(...cuts.map((cut) => f1Above(segment.above(cut), positiveCount)));
    },
    result() {
      if (positiveCount === 0) return undefinedMetric(NO_ANOMALOUS);
      if (cuts.length === 0) return undefinedMetric('the range of the scores exceeds float64');
      return defined(best!);
    },
  };
}

/** F1 of the samples above a cut, with the authors' epsilon. */
export function f1Above({ tp, fp }: Pick<Above, 'tp' | 'fp'>, positiveCount: number): number {
  const precision = tp / (tp + fp + EPSILON);
  const recall = tp / (positiveCount + EPSILON);
  return (2 * precision * recall) / (precision + recall + EPSILON);
}

/**
 * For each of the `steps` normalised thresholds i / (steps - 1) the score above which (score - min) / range, in float64,
 * exceeds it. Undefined if the range is not finite.
 */
export function stepCuts({ min, max }: Totals, steps = 21): number[] {
  const range = max - min;
  if (!Number.isFinite(range)) return [];
  const step = 1 / (steps - 1);
  return Array.from({ length: steps }, (_, i) => {
    const exceeds = (score: number): boolean => (score - min) / range > i * step;
    if (!exceeds(max)) return max;
    let low = min; // never exceeds
    let high = max; // always does
    for (;;) {
      const middle = low + (high - low) / 2;
      if (middle <= low || middle >= high) return low;
      if (exceeds(middle)) high = middle;
      else low = middle;
    }
  });
}
