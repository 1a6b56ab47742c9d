import { bestF1Fold } from '../scores/f1Max.js';
import { nextUp } from '../counting/floats.js';
import { NO_ANOMALOUS } from '../metric.js';
import { checkSamples, foldSamples } from '../scores/samples.js';

/** A threshold for image scores from good pictures alone: a picture is anomalous if score >= threshold. */
export interface QuantileThreshold {
  readonly threshold: number;
  /** `rank`: an order statistic of the scores; `tail`: extrapolated beyond the largest score, because there are too few. */
  readonly rule: 'rank' | 'tail';
  /** Expected share of good pictures above the threshold; with `tail` under the tail's assumption. */
  readonly falseRejectRate: number;
  /** Upper bound of that share in expectation, for any distribution of the scores. */
  readonly falseRejectBound: number;
  readonly goodCount: number;
}

/** Margin, as a share of the largest score's magnitude, if the scores have no spread. */
const MARGIN_WITHOUT_SPREAD = 0.05;

/**
 * Threshold with a share `quantile` of good pictures below it, from the scores of n good pictures that the model was
 * not trained on, in any order; `quantile` in (0, 1), default 0.99.
 *
 * `rank` (the split conformal rule; Vovk et al., "Algorithmic Learning in a Random World", 2005): with k =
 * ceil((n + 1) quantile) <= n the threshold is just above the k-th smallest score. Another good picture, exchangeable
 * with these, is then judged anomalous with probability at most 1 - k / (n + 1) <= 1 - quantile, exactly that without
 * ties, for any distribution. That is the mean over calibration sets; for one of them the rate follows
 * Beta(n + 1 - k, k), so with few pictures it varies widely.
 *
 * `tail`: with k > n, n pictures cannot show so rare an event: the largest score is only exceeded with probability
 * 1 / (n + 1). The threshold is set beyond it by s ln(1 / ((n + 1) (1 - quantile))), s the mean excess over the median of
 * the scores above it: if the upper tail falls off exponentially with that scale, this leaves 1 - quantile; because s is itself estimated
 * from few scores, up to twice that on average. A single
 * picture or equal scores have no spread: the margin is then 5 % of the score's magnitude. `falseRejectBound` stays
 * 1 / (n + 1): a guarantee without an assumption needs more good pictures; n >= quantile / (1 - quantile) of them
 * (99 for 0.99) suffice.
 *
 * Throws without a score, on a score that is not finite, and on a quantile out of range.
 */
export function quantileThreshold(
  goodScores: ArrayLike<number>,
  options: { readonly quantile?: number } = {},
): QuantileThreshold {
  const { quantile = 0.99 } = options;
  if (!(quantile > 0 && quantile < 1)) {
    throw new Error(`quantileThreshold: quantile must be between 0 and 1, got ${quantile}.`);
  }
  const n = goodScores.length;
  if (n === 0) {
    throw new Error(
      'quantileThreshold: a threshold needs the score of at least one good picture, got none; hold back some.',
    );
  }
  const sorted = Float64Array.from(goodScores).sort();
  const bad = sorted.find((score) => !Number.isFinite(score));
  if (bad !== undefined) {
    throw new Error(
      `quantileThreshold: scores must be finite, got ${bad}; check the model that produced them.`,
    );
  }
  // 1e-9: (n + 1) * 0.99 for n = 99 must not be rounded up past 99.
  const rank = Math.max(1, Math.ceil((n + 1) * quantile - 1e-9));
  if (rank <= n) {
    const rate = 1 - rank / (n + 1);
    return {
      threshold: nextUp(sorted[rank - 1]!),
      rule: 'rank',
      falseRejectRate: rate,
      falseRejectBound: rate,
      goodCount: n,
    };
  }
  const greatest = sorted[n - 1]!;
  const scale = meanExcess(sorted);
  const margin =
    scale > 0 ? scale * Math.log(1 / ((n + 1) * (1 - quantile))) : MARGIN_WITHOUT_SPREAD * Math.abs(greatest);
  return {
    threshold: Math.max(nextUp(greatest), greatest + margin),
    rule: 'tail',
    falseRejectRate: Math.min(1 - quantile, 1 / (n + 1)),
    falseRejectBound: 1 / (n + 1),
    goodCount: n,
  };
}

/** Mean excess over the median of the scores above it; 0 if there is none. */
function meanExcess(sorted: Float64Array): number {
  const n = sorted.length;
  const median = (sorted[(n - 1) >> 1]! + sorted[n >> 1]!) / 2;
  const above = sorted.filter((score) => score > median);
  return above.reduce((sum, score) => sum + (score - median), 0) / Math.max(1, above.length);
}

/** A threshold with the F1 it reaches on the scores it was chosen from; null with the reason if F1 is undefined. */
export type F1Threshold =
  | { readonly threshold: number; readonly f1: number }
  | { readonly threshold: null; readonly reason: string };

/**
 * The threshold with the maximum F1 (prediction: score >= threshold), in the middle of the gap between the lowest score
 * above it and the highest below it. Of several equally good ones the lowest, which misses the fewest defects.
 *
 * `scores` (n) finite, `labels` (n), 0 normal, anything else anomalous; errors as in `f1Max`. The F1 is measured on
 * the data that chose the threshold, and so is optimistic for other data.
 */
export function f1OptimalThreshold(scores: ArrayLike<number>, labels: ArrayLike<number>): F1Threshold {
  const best = foldSamples('f1OptimalThreshold', scores, labels, bestF1Fold);
  if (best === undefined) return { threshold: null, reason: NO_ANOMALOUS };
  const accepted = best.threshold;
  let refused = -Infinity;
  for (let i = 0; i < scores.length; i++) {
    if (scores[i]! < accepted && scores[i]! > refused) refused = scores[i]!;
  }
  const middle = refused / 2 + accepted / 2;
  return { threshold: middle > refused ? Math.min(middle, accepted) : accepted, f1: best.f1 };
}

/** Samples by truth and prediction, anomalous being positive. */
export interface Confusion {
  readonly truePositives: number;
  readonly falsePositives: number;
  readonly trueNegatives: number;
  readonly falseNegatives: number;
}

/** Counts at a threshold (prediction: score >= threshold). Errors as in `auroc`, and for a threshold that is NaN. */
export function confusionAt(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  threshold: number,
): Confusion {
  if (Number.isNaN(threshold)) throw new Error('confusionAt: threshold must be a number, got NaN.');
  const { positiveCount, negativeCount } = checkSamples('confusionAt', scores, labels);
  let truePositives = 0;
  let falsePositives = 0;
  for (let i = 0; i < scores.length; i++) {
    if (!(scores[i]! >= threshold)) continue;
    if (labels[i] !== 0) truePositives++;
    else falsePositives++;
  }
  return {
    truePositives,
    falsePositives,
    trueNegatives: negativeCount - falsePositives,
    falseNegatives: positiveCount - truePositives,
  };
}
