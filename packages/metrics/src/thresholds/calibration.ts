import { f1OptimalThreshold, quantileThreshold } from './threshold.js';

/** The two thresholds of a verdict, review <= reject: REVIEW (by a person) from `review` on, NG from `reject` on. */
export interface VerdictThresholds {
  readonly review: number;
  readonly reject: number;
}

export type Verdict = 'OK' | 'REVIEW' | 'NG';

/** Verdict on an image score. Throws when the score is not finite or the thresholds are not in order. */
export function verdict(score: number, { review, reject }: VerdictThresholds): Verdict {
  if (!Number.isFinite(score)) {
    throw new Error(`verdict: the score must be finite, got ${score}; check the model that produced it.`);
  }
  if (!(review <= reject)) {
    throw new Error(`verdict: review must be at most reject, got review ${review} and reject ${reject}.`);
  }
  return score >= reject ? 'NG' : score >= review ? 'REVIEW' : 'OK';
}

/** The calibration of a class, as stored with a model: plain data, every number finite. */
export interface Calibration extends VerdictThresholds {
  /** `quantile`: from good pictures alone; `f1`: with defects; `manual`: set by a person. */
  readonly method: 'quantile' | 'f1' | 'manual';
  /** Number of held-out good pictures and of defective pictures it is based on. */
  readonly goodCount: number;
  readonly defectCount: number;
  /** Minimum and maximum raw score of all of them. */
  readonly scoreRange: readonly [min: number, max: number];
}

/**
 * Calibrates one class from the raw scores of good pictures that the model was not trained on and, if available,
 * of defective pictures.
 *
 * Without defects both thresholds are {@link quantileThreshold}s, `reviewQuantile` (0.95: one good picture of
 * twenty is reviewed) and `rejectQuantile` (0.995). With defects `reject` is the {@link f1OptimalThreshold} of all scores and
 * `review` the lower of it and the quantile. Throws without a good score, on scores that are not finite, and when
 * reviewQuantile exceeds rejectQuantile.
 */
export function calibrate(
  goodScores: ArrayLike<number>,
  options: {
    readonly defectScores?: ArrayLike<number>;
    readonly reviewQuantile?: number;
    readonly rejectQuantile?: number;
  } = {},
): Calibration {
  const { defectScores = [], reviewQuantile = 0.95, rejectQuantile = 0.995 } = options;
  if (reviewQuantile > rejectQuantile) {
    throw new Error(
      `calibrate: reviewQuantile must be at most rejectQuantile, got ${reviewQuantile} and ${rejectQuantile}.`,
    );
  }
  const quantile = quantileThreshold(goodScores, { quantile: reviewQuantile }).threshold;
  const scores = Float64Array.from([...Array.from(goodScores), ...Array.from(defectScores)]);
  const labels = Uint8Array.from(scores, (_, i) => Number(i >= goodScores.length));
  const best = f1OptimalThreshold(scores, labels);
  const reject = best.threshold ?? quantileThreshold(goodScores, { quantile: rejectQuantile }).threshold;
  return {
    review: Math.min(quantile, reject),
    reject,
    method: best.threshold === null ? 'quantile' : 'f1',
    goodCount: goodScores.length,
    defectCount: defectScores.length,
    scoreRange: [
      scores.reduce((least, score) => Math.min(least, score), Infinity),
      scores.reduce((most, score) => Math.max(most, score), -Infinity),
    ],
  };
}
