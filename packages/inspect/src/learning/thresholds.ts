import type { Calibration } from '@pyramid-mamba/model';
import { isDefective, isGood, type SelfTestRecord } from '../selfTest/index.js';
import { thresholdsFrom } from '../thresholdsFrom.js';
import type { StoredScores } from './stored.js';

/** A defective picture lowers the review threshold to its score as long as no more than this share of the good ones reaches it. */
export const MOST_REVIEWED = 0.2;

/** The share of good pictures that may be NG where the threshold of the best F1 refuses too many: the usual one without real defects. */
const FALSE_REJECTS = 0.005;

export interface LearntThresholds {
  /** Of the class, before. */
  readonly before: Calibration | undefined;
  /** What the file keeps of the class; undefined where it keeps nothing. */
  readonly stored: StoredScores | undefined;
  /** The labelled pictures of the class, and the defects drawn on them, by the model that has learnt. */
  readonly measured: readonly SelfTestRecord[];
  readonly maxFalseRejects?: number | undefined;
  /** The method's. */
  readonly largestScore: number;
}

/**
 * Thresholds for a class of a model that has learnt, the wanted ones first: set anew (`thresholdsFrom`) from kept and labelled pictures; the same with a
 * reject threshold that few good pictures reach, since the best F1 of a few escapes among many good pictures may refuse some; and the
 * same with a review threshold that is not above that of before. Where the file keeps no scores, those of before stay. All of them are then lowered to the labelled
 * defective pictures, see `MOST_REVIEWED`. None where the class has no thresholds and nothing to set them by.
 */
export function learntThresholds({
  before,
  stored,
  measured,
  maxFalseRejects,
  largestScore,
}: LearntThresholds): Calibration[] {
  const good = [...(stored?.good ?? []), ...measured.filter(isGood)];
  const defective = measured.filter(isDefective).map(({ score }) => score);
  const records = [...good, ...(stored?.defective ?? []), ...measured.filter((one) => !isGood(one))];
  const found = (stored || !before ? [maxFalseRejects, maxFalseRejects ?? FALSE_REJECTS] : []).flatMap(
    (most) => Object.values(thresholdsFrom(records, { maxFalseRejects: most, largestScore })),
  );
  // levels of pixels are not kept, and learning hardly changes them
  const anew = found.map((one) => ({ ...one, background: before?.background ?? one.background }));
  const capped = before ? anew.map((one) => ({ ...one, review: Math.min(one.review, before.review) })) : [];
  const wanted = stored || !before ? [...anew, ...capped] : [before];
  return wanted.map((one) => catching(one, defective, stored ? good.map(({ score }) => score) : []));
}

/** The thresholds with a review threshold that the defective pictures reach, as far as `MOST_REVIEWED` allows. */
function catching(
  calibration: Calibration,
  defective: readonly number[],
  good: readonly number[],
): Calibration {
  let { review } = calibration;
  for (const score of [...defective].sort((a, b) => b - a)) {
    if (score >= review) continue;
    const reviewed = good.filter((one) => one >= score).length;
    if (reviewed > MOST_REVIEWED * good.length) break;
    // halfway to what lies below, so that another backend's last digits do not matter
    const below = good.filter((one) => one < score).reduce((a, b) => Math.max(a, b), -Infinity);
    const middle = score / 2 + below / 2;
    review = middle > below && middle <= score ? middle : score;
  }
  return { ...calibration, review };
}
