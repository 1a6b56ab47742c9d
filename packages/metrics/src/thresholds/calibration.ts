import { nextUp } from '../counting/floats.js';
import { f1OptimalThreshold, quantileThreshold } from './threshold.js';

/** The two thresholds of a verdict, review <= reject: REVIEW (by a person) from `review` on, NG from `reject` on. */
export interface VerdictThresholds {
  readonly review: number;
  readonly reject: number;
}

/**
 * `OK`: passes; `REVIEW`: a person decides; `NG`: defective; `UNKNOWN`: the picture shows no product of the model, so its score means nothing.
 */
export type Verdict = 'OK' | 'REVIEW' | 'NG' | 'UNKNOWN';

/** All verdicts, in the order of tables. */
export const VERDICTS: readonly Verdict[] = ['OK', 'REVIEW', 'NG', 'UNKNOWN'];

/** Verdict on an image score; a score alone is never UNKNOWN. Throws when the score is not finite or the thresholds are not in order. */
export function verdict(score: number, { review, reject }: VerdictThresholds): Exclude<Verdict, 'UNKNOWN'> {
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
  /** `quantile`: from good pictures alone; `drawn`: with defects drawn on good pictures; `f1`: with real defects; `manual`: set by a person. */
  readonly method: 'quantile' | 'drawn' | 'f1' | 'manual';
  /** Number of held-out good pictures and of really defective pictures it is based on. */
  readonly goodCount: number;
  readonly defectCount: number;
  /** Minimum and maximum raw score of all of them. */
  readonly scoreRange: readonly [min: number, max: number];
}

export interface CalibrateOptions {
  /** Scores of really defective pictures. */
  readonly defectScores?: ArrayLike<number>;
  /** Scores of good pictures with a defect drawn on them. */
  readonly drawnScores?: ArrayLike<number>;
  /** Share of good pictures below the review threshold; default 0.95: one good picture of twenty is reviewed. */
  readonly reviewQuantile?: number;
  /** Share of good pictures below the reject threshold without defects; default 0.995. */
  readonly rejectQuantile?: number;
  /** The share of good pictures that may be rejected, in (0, 1): it takes the place of `1 - rejectQuantile`, and holds with real defects too. */
  readonly maxFalseRejects?: number;
}

/**
 * Calibrates one class from the raw scores of good pictures that the model was not trained on and, if available, of defective pictures
 * and of good pictures with drawn defects.
 *
 * Both thresholds are {@link quantileThreshold}s, `reviewQuantile` and `rejectQuantile`. With real defects `reject` is the
 * {@link f1OptimalThreshold} of good and real scores, but not below the quantile of a given `maxFalseRejects`. `review` is at most `reject`.
 *
 * Few good pictures stretch a quantile beyond their largest score. Such a review threshold is pulled back to the middle between that score and
 * the lowest real or drawn defect above it: what lies above every good picture and is known to be defective must never be OK. `reject` stays
 * stretched, since what lies between the two is reviewed. `maxFalseRejects` above `1 - reviewQuantile` lowers `review` too; both thresholds fall
 * or stay as it rises.
 *
 * Throws without a good score, on scores that are not finite, when reviewQuantile exceeds rejectQuantile and for a `maxFalseRejects` out of range.
 */
export function calibrate(goodScores: ArrayLike<number>, options: CalibrateOptions = {}): Calibration {
  const { defectScores = [], drawnScores = [], maxFalseRejects } = options;
  const { reviewQuantile = 0.95, rejectQuantile = 0.995 } = options;
  if (reviewQuantile > rejectQuantile) {
    throw new Error(
      `calibrate: reviewQuantile must be at most rejectQuantile, got ${reviewQuantile} and ${rejectQuantile}.`,
    );
  }
  if (maxFalseRejects !== undefined && !(maxFalseRejects > 0 && maxFalseRejects < 1)) {
    throw new Error(`calibrate: maxFalseRejects must be between 0 and 1, got ${maxFalseRejects}.`);
  }
  const good = Array.from(goodScores);
  const defective = Array.from(defectScores);
  const rejected = maxFalseRejects === undefined ? rejectQuantile : 1 - maxFalseRejects;
  const reviewed = quantileThreshold(good, { quantile: Math.min(reviewQuantile, rejected) }).threshold;
  const byGood = quantileThreshold(good, { quantile: rejected }).threshold;
  const scores = [...good, ...defective];
  const best = f1OptimalThreshold(
    scores,
    scores.map((_, i) => Number(i >= good.length)),
  );
  const least = maxFalseRejects === undefined ? -Infinity : byGood;
  const reject = best.threshold === null ? byGood : Math.max(best.threshold, least);
  const drawn = Array.from(drawnScores);
  const method = drawn.length > 0 ? 'drawn' : 'quantile';
  return {
    review: Math.min(reviewed, beforeDefects(good, [...defective, ...drawn]), reject),
    reject,
    method: best.threshold === null ? method : 'f1',
    goodCount: good.length,
    defectCount: defective.length,
    scoreRange: [extreme(scores, Math.min), extreme(scores, Math.max)],
  };
}

const extreme = (values: readonly number[], of: (a: number, b: number) => number): number =>
  values.reduce((found, value) => of(found, value));

/** The middle between the largest good score and the lowest defect above it; Infinity where none is. Throws for a defect that is not finite. */
function beforeDefects(good: readonly number[], defects: readonly number[]): number {
  const odd = defects.find((score) => !Number.isFinite(score));
  if (odd !== undefined) {
    throw new Error(`calibrate: scores must be finite, got ${odd}; check the model that produced them.`);
  }
  const greatest = extreme(good, Math.max);
  const lowest = defects.filter((score) => score > greatest).reduce((a, b) => Math.min(a, b), Infinity);
  if (lowest === Infinity) return Infinity;
  return Math.min(lowest, Math.max(nextUp(greatest), greatest / 2 + lowest / 2));
}

/**
 * What the number of good pictures says about a share of false rejects, one sentence; undefined where they suffice to show it.
 *
 * @param share wanted, in (0, 1)
 */
export function fewPictures(goodCount: number, share: number): string | undefined {
  // 1e-9: 99 pictures show one in a hundred
  const needed = Math.ceil(1 / share - 1 - 1e-9);
  if (goodCount >= needed) return undefined;
  const percent = (value: number) => `${Number((100 * value).toPrecision(2))} %`;
  const pictures = goodCount === 1 ? '1 good picture' : `${goodCount} good pictures`;
  return (
    `with ${pictures} a share of ${percent(share)} false rejects cannot be shown, only ${percent(1 / (goodCount + 1))}: ` +
    `the reject threshold is an estimate until there are ${needed} good pictures`
  );
}
