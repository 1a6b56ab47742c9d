import { defined, undefinedMetric, NO_ANOMALOUS, type Metric } from './metric.js';
import { countAccepted, rankScores, type Ranking } from './ranking.js';

/**
 * The greatest F1 = 2PR / (P + R) over all distinct scores as thresholds (prediction: score >= threshold).
 *
 * `scores` (n) finite, higher is more anomalous; `labels` (n), 0 normal, anything else anomalous.
 * Null where no sample is anomalous; 1 where all are. Throws on unequal lengths and on scores that are not finite.
 */
export function f1Max(scores: ArrayLike<number>, labels: ArrayLike<number>): Metric {
  return f1MaxOf(rankScores('f1Max', scores, labels));
}

export function f1MaxOf(ranking: Ranking): Metric {
  return ranking.positiveCount === 0 ? undefinedMetric(NO_ANOMALOUS) : defined(f1MaxAt(ranking).value);
}

/** The greatest F1 and the index of its threshold, the lowest of several; index -1 without an anomalous sample. */
export function f1MaxAt({ positiveCount, tp, fp }: Ranking): {
  readonly value: number;
  readonly index: number;
} {
  // A threshold between two scores of anomalous samples only adds false alarms: it is never the best.
  let value = 0;
  let index = -1;
  for (let t = 0; t < tp.length; t++) {
    const f1 = (2 * tp[t]!) / (tp[t]! + fp[t]! + positiveCount);
    if (f1 >= value) [value, index] = [f1, t];
  }
  return { value, index };
}

/** Added by the authors' code to every denominator. */
const EPSILON = 1e-8;

/**
 * F1-max as the authors' code evaluates it for pixels: scores min-max normalised over the class, `steps` equidistant
 * thresholds from 0 to 1 (21: 0, 0.05 ... 1), prediction strictly greater, 1e-8 in each denominator.
 * Never above {@link f1Max}; 0 where all scores are equal, as nothing exceeds a threshold there.
 *
 * `scores` (n) finite; `labels` (n), 0 normal, anything else anomalous. Null where no sample is anomalous.
 * Throws on unequal lengths, on scores that are not finite, on `steps` below 2.
 */
export function f1MaxSteps(scores: ArrayLike<number>, labels: ArrayLike<number>, steps = 21): Metric {
  if (!Number.isInteger(steps) || steps < 2) {
    throw new Error(`f1MaxSteps: steps must be an integer of at least 2, got ${steps}.`);
  }
  return f1MaxStepsOf(rankScores('f1MaxSteps', scores, labels), steps);
}

export function f1MaxStepsOf(ranking: Ranking, steps = 21): Metric {
  const { positiveCount, min, max, tp } = ranking;
  if (positiveCount === 0) return undefinedMetric(NO_ANOMALOUS);
  const range = max - min;
  if (!Number.isFinite(range)) return undefinedMetric('the range of the scores exceeds float64');
  const step = 1 / (steps - 1);
  let best = 0;
  for (let i = 0; i < steps; i++) {
    const threshold = i * step;
    const { slots, fp } = countAccepted(ranking, (score) => (score - min) / range > threshold);
    const hits = slots > 0 ? tp[slots - 1]! : 0;
    const precision = hits / (hits + fp + EPSILON);
    const recall = hits / (positiveCount + EPSILON);
    best = Math.max(best, (2 * precision * recall) / (precision + recall + EPSILON));
  }
  return defined(best);
}
