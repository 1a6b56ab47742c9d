import type { Verdict } from './calibration.js';

/** A picture whose truth is known (0 good, 1 defective) and what was decided on it; null where nothing was. */
export interface JudgedPicture {
  readonly label: 0 | 1;
  readonly verdict: Verdict | null;
}

/**
 * What a verdict was worth:
 * `miss`: a defective picture was judged OK and passes;
 * `false reject`: a good picture was judged NG;
 * `to review`: a person looks, whether the picture is good or defective;
 * `unknown`: judged UNKNOWN, so it does not pass and a person looks for the cause;
 * `right`: a good picture was judged OK or a defective one NG.
 */
export type Outcome = 'miss' | 'false reject' | 'to review' | 'unknown' | 'right';

/** The outcome of one picture; null without a verdict, which is neither right nor wrong. */
export function outcomeOf({ label, verdict }: JudgedPicture): Outcome | null {
  if (verdict === null) return null;
  if (verdict === 'REVIEW') return 'to review';
  if (verdict === 'UNKNOWN') return 'unknown';
  if (verdict === 'OK') return label === 1 ? 'miss' : 'right';
  return label === 1 ? 'right' : 'false reject';
}

/** Pictures by truth and outcome. */
export interface OutcomeCounts {
  readonly good: number;
  readonly defective: number;
  /** Defective pictures judged NG, REVIEW or UNKNOWN. */
  readonly caught: number;
  /** Defective pictures judged OK. */
  readonly missed: number;
  /** Good pictures judged NG. */
  readonly falseRejects: number;
  /** Pictures judged REVIEW, good and defective. */
  readonly toReview: number;
  /** Pictures judged UNKNOWN, good and defective. */
  readonly unknown: number;
  /** Pictures without a verdict, good and defective. */
  readonly withoutVerdict: number;
}

/** Counts the outcomes of pictures whose truth is known. `good` and `defective` count those without a verdict too. */
export function countOutcomes(pictures: Iterable<JudgedPicture>): OutcomeCounts {
  const counts = {
    good: 0,
    defective: 0,
    caught: 0,
    missed: 0,
    falseRejects: 0,
    toReview: 0,
    unknown: 0,
    withoutVerdict: 0,
  };
  for (const picture of pictures) {
    const outcome = outcomeOf(picture);
    if (picture.label === 1) counts.defective++;
    else counts.good++;
    if (outcome === null) counts.withoutVerdict++;
    else if (outcome === 'miss') counts.missed++;
    else if (picture.label === 1) counts.caught++;
    if (outcome === 'false reject') counts.falseRejects++;
    if (outcome === 'to review') counts.toReview++;
    if (outcome === 'unknown') counts.unknown++;
  }
  return counts;
}
