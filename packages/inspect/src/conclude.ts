import { findRegions, verdict, type VerdictThresholds } from '@pyramid-mamba/metrics';
import { isReachable, OUT_OF_REACH, type Calibration } from '@pyramid-mamba/model';
import { isDistrust } from './distrust.js';
import { HARDLY, NO_PRODUCT } from './fit.js';
import { mapThreshold } from './mapThreshold.js';
import type { Conclusion, Decision, Measured } from './types.js';

/** The doubt about a picture that `isBlank`. */
export const BLANK =
  'the picture is blank, one colour or dark everywhere: check the camera, the light and the file';

/** An OK by a review threshold above this many times the largest score of calibration is not trusted where scores have no bound. */
const FAR = 10;

/** Whether a score may reach the threshold. Without a bound, the scores of calibration show how far scores go. */
const mayReach = (threshold: number, largestScore: number, [, most]: readonly [number, number]): boolean =>
  isReachable(threshold, Number.isFinite(largestScore) || most <= 0 ? largestScore : FAR * most);

const NO_THRESHOLDS = 'the model file has no thresholds for ';
const noThresholds = (className: string): string => `${NO_THRESHOLDS}${className}`;

/** Of the doubts of a judgement those about the picture: whatever the thresholds, and whatever the self-test says of them, they stay. */
export const lastingDoubts = (doubts: readonly string[]): string[] =>
  doubts.filter((one) => one !== OUT_OF_REACH && !one.startsWith(NO_THRESHOLDS) && !isDistrust(one));

/**
 * The verdict on a score by the thresholds of its class: with any doubt it is REVIEW at best; none without thresholds or product, and
 * the doubts then say why. With the doubt `NO_PRODUCT` it is UNKNOWN, also in place of NG: the score was measured against another product, so
 * its height means nothing, and a person must see that the picture is of no product rather than of a defect. With `HARDLY` it is UNKNOWN in place
 * of OK and REVIEW; NG stays, since a large defect makes a picture unlike the others too. Throws for a score that is not finite and for thresholds in the wrong order: those are never judged.
 *
 * @param largestScore the method's: an OK by a review threshold above it cannot be trusted; where it is Infinity, neither one by a review threshold
 *   above ten times the largest score of calibration
 */
export function decide(
  score: number,
  className: string | null,
  thresholds: (VerdictThresholds & Partial<Pick<Calibration, 'scoreRange'>>) | null | undefined,
  doubts: readonly string[],
  largestScore: number,
): Decision {
  if (className === null) return { verdict: null, doubts };
  // the same picture may be judged again by other thresholds
  const others = doubts.filter((one) => one !== OUT_OF_REACH && one !== noThresholds(className));
  const strange = others.includes(NO_PRODUCT);
  const unlike = strange || others.includes(HARDLY);
  if (!thresholds) {
    return { verdict: unlike ? 'UNKNOWN' : null, doubts: [...others, noThresholds(className)] };
  }
  const found = verdict(score, thresholds);
  const reached = mayReach(thresholds.review, largestScore, thresholds.scoreRange ?? [0, 0]);
  const all = reached ? others : [...others, OUT_OF_REACH];
  if (strange || (unlike && found !== 'NG')) return { verdict: 'UNKNOWN', doubts: all };
  return { verdict: found === 'OK' && all.length > 0 ? 'REVIEW' : found, doubts: all };
}

/** Of thresholds that a person has set for a class without any of its own. */
const SET_BY_HAND = {
  method: 'manual',
  goodCount: 0,
  defectCount: 0,
  scoreRange: [0, 0],
  background: 0,
} satisfies Omit<Calibration, 'review' | 'reject'>;

/** By what a class is judged: `own` of the model file, replaced by `moved` if a person changed them; null without either. */
export const thresholdsInForce = (
  own: Calibration | null,
  moved: VerdictThresholds | undefined,
): Calibration | null => (moved ? { ...(own ?? SET_BY_HAND), ...moved } : own);

/** Verdict and regions by the class's thresholds: `own` of the model file, replaced by `moved` if a person changed them. */
export function conclude(
  { className, score, map, size, width, height, doubts, largestScore, scoreIsMaximum = true }: Measured,
  own: Calibration | null,
  moved?: VerdictThresholds,
): Conclusion {
  const from = (review: number) => (scoreIsMaximum ? review : mapThreshold(review, score, map));
  const calibration = thresholdsInForce(own, moved);
  return {
    ...decide(score, className, calibration, doubts, largestScore),
    calibration,
    regions: calibration ? findRegions(map, size, from(calibration.review), width, height) : [],
  };
}
