import { confusionAt, type Verdict } from '@pyramid-mamba/metrics';
import type { Calibration, Item } from '../../run/types.js';

/** Pictures by truth and verdict. */
export interface Counts {
  readonly good: Readonly<Record<Verdict, number>>;
  readonly defective: Readonly<Record<Verdict, number>>;
  /** Pictures of unknown truth. */
  readonly unknown: number;
}

/**
 * Counts of one class's pictures at its thresholds. A picture with a doubt (blank, its part not found, like another product) is REVIEW where its score alone would be OK, and so is any where no OK of the
 * class can be trusted; a picture of no product is UNKNOWN, one that hardly looks like one too unless its score alone would be NG.
 */
export function countsAt(
  items: readonly Item[],
  { review, reject }: Pick<Calibration, 'review' | 'reject'>,
  distrusted = false,
): Counts {
  const labelled = items.filter(({ label }) => label !== null);
  const isUnknown = ({ fit, score }: Item) => fit === 'no' || (fit === 'hardly' && score < reject);
  const known = labelled.filter((item) => !isUnknown(item));
  const strange = labelled.filter(isUnknown);
  const scores = known.map(({ score }) => score);
  const labels = known.map(({ label }) => label!);
  const [looked, refused] = [confusionAt(scores, labels, review), confusionAt(scores, labels, reject)];
  const doubted = known.filter(
    ({ blank, lost, doubts = [], score }) =>
      (distrusted || blank === true || lost === true || doubts.length > 0) && score < review,
  );
  const good = doubted.filter(({ label }) => label === 0).length;
  const defective = doubted.length - good;
  return {
    good: {
      OK: looked.trueNegatives - good,
      REVIEW: looked.falsePositives - refused.falsePositives + good,
      NG: refused.falsePositives,
      UNKNOWN: strange.filter(({ label }) => label === 0).length,
    },
    defective: {
      OK: looked.falseNegatives - defective,
      REVIEW: looked.truePositives - refused.truePositives + defective,
      NG: refused.truePositives,
      UNKNOWN: strange.filter(({ label }) => label === 1).length,
    },
    unknown: items.length - labelled.length,
  };
}

export const totalOf = (counts: Readonly<Record<Verdict, number>>): number =>
  counts.OK + counts.REVIEW + counts.NG + counts.UNKNOWN;

/** The sum over classes. */
export function added(all: readonly Counts[]): Counts {
  const sum = (pick: (counts: Counts) => number) => all.reduce((total, counts) => total + pick(counts), 0);
  const each = (truth: 'good' | 'defective') => ({
    OK: sum((counts) => counts[truth].OK),
    REVIEW: sum((counts) => counts[truth].REVIEW),
    NG: sum((counts) => counts[truth].NG),
    UNKNOWN: sum((counts) => counts[truth].UNKNOWN),
  });
  return { good: each('good'), defective: each('defective'), unknown: sum(({ unknown }) => unknown) };
}
