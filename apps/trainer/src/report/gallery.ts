import { outcomeOf, type Outcome } from '@pyramid-mamba/metrics';
import type { Calibration } from '@pyramid-mamba/model';
import type { ScoreLine } from '@pyramid-mamba/runs';

/** Distance of a score on the wrong side of the reject threshold, in spans of the class's scores; negative on the right side. */
export function wrongness({ label, score }: ScoreLine, calibration: Calibration | undefined): number {
  if (!calibration) return label === 1 ? -score : score;
  const [low, high] = calibration.scoreRange;
  const above = (score - calibration.reject) / Math.max(high - low, Number.EPSILON);
  return label === 1 ? -above : above;
}

const RANKS: Readonly<Record<Outcome | 'none', number>> = {
  miss: 0,
  'false reject': 1,
  'to review': 2,
  unknown: 3,
  right: 4,
  none: 4,
};

/** Worst misses first, then false rejects, then REVIEW, then UNKNOWN, then the rest by distance to the threshold. */
export function sortedGallery(
  scores: readonly ScoreLine[],
  thresholds: Readonly<Record<string, Calibration>>,
): ScoreLine[] {
  const rank = (line: ScoreLine) => RANKS[outcomeOf(line) ?? 'none'];
  const wrong = (line: ScoreLine) =>
    wrongness(line, Object.hasOwn(thresholds, line.class) ? thresholds[line.class] : undefined);
  return [...scores].sort((a, b) => rank(a) - rank(b) || wrong(b) - wrong(a));
}
