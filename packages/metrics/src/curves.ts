import { NO_ANOMALOUS, NO_NORMAL } from './metric.js';
import { rankPixels, type Mask, type ScoreMap } from './pixels.js';
import { rankScores, type Ranking } from './ranking.js';

/** Corner points of a curve, all fractions of 1; null with the reason where it is undefined. */
export type CurveResult =
  | { readonly points: { readonly x: Float64Array; readonly y: Float64Array } }
  | { readonly points: null; readonly reason: string };

/**
 * ROC curve: x false positive rate, y true positive rate, from (0, 0) to (1, 1), only the corners of the line;
 * its trapezoid area is AU-ROC. Errors as in `auroc`.
 */
export function rocCurve(scores: ArrayLike<number>, labels: ArrayLike<number>): CurveResult {
  const ranking = rankScores('rocCurve', scores, labels);
  const tpr = Float64Array.from(ranking.tp, (hits) => hits / ranking.positiveCount);
  return againstFalsePositiveRate(ranking, tpr);
}

/**
 * PRO curve over one class: x false positive rate over the normal pixels, y mean per-region overlap, from (0, 0) to
 * (1, 1); its area up to a rate of 0.3, divided by 0.3, is AU-PRO by the protocol `exact`. Errors as in `aupro`.
 */
export function proCurve(maps: readonly ScoreMap[], masks: readonly Mask[]): CurveResult {
  const ranking = rankPixels('proCurve', maps, masks);
  return againstFalsePositiveRate(ranking, ranking.pro);
}

/**
 * Precision-recall points: x recall, y precision, one for each distinct score of an anomalous sample, recall rising;
 * average precision is the sum of recall gains times precision. Errors as in `averagePrecision`.
 */
export function prCurve(scores: ArrayLike<number>, labels: ArrayLike<number>): CurveResult {
  const { positiveCount, tp, fp } = rankScores('prCurve', scores, labels);
  if (positiveCount === 0) return { points: null, reason: NO_ANOMALOUS };
  return {
    points: {
      x: Float64Array.from(tp, (hits) => hits / positiveCount),
      y: Float64Array.from(tp, (hits, t) => hits / (hits + fp[t]!)),
    },
  };
}

function againstFalsePositiveRate(ranking: Ranking, height: Float64Array): CurveResult {
  const { positiveCount, negativeCount, fpAbove, fp } = ranking;
  if (positiveCount === 0) return { points: null, reason: NO_ANOMALOUS };
  if (negativeCount === 0) return { points: null, reason: NO_NORMAL };
  const x = new Float64Array(2 * height.length + 2);
  const y = new Float64Array(2 * height.length + 2);
  let length = 1; // (0, 0)
  for (let t = 0; t < height.length; t++) {
    const above = fpAbove[t]! / negativeCount;
    if (above > x[length - 1]!) {
      x[length] = above;
      y[length] = y[length - 1]!;
      length++;
    }
    x[length] = fp[t]! / negativeCount;
    y[length] = height[t]!;
    length++;
  }
  if (x[length - 1]! < 1) {
    x[length] = 1;
    y[length] = y[length - 1]!;
    length++;
  }
  return { points: { x: x.slice(0, length), y: y.slice(0, length) } };
}
