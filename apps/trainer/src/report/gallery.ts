import type { Calibration } from '@pyramid-mamba/model';
import type { ScoreLine } from '../evaluation.js';

/** How far a score lies on the wrong side of the reject threshold, in spans of the class's scores; negative = on the right one. */
export function wrongness({ label, score }: ScoreLine, calibration: Calibration | undefined): number {
  if (!calibration) return label === 1 ? -score : score;
  const [low, high] = calibration.scoreRange;
  const above = (score - calibration.reject) / Math.max(high - low, Number.EPSILON);
  return label === 1 ? -above : above;
}

/** What became of a picture: `miss` a defect not rejected, `false alarm` a good picture rejected. */
export type Outcome = 'miss' | 'false alarm' | 'right';

export function outcomeOf({ label, verdict }: ScoreLine): Outcome {
  if (verdict === null) return 'right';
  if (label === 1) return verdict === 'NG' ? 'right' : 'miss';
  return verdict === 'NG' ? 'false alarm' : 'right';
}

/** Worst misses first, then the other mistakes, then the rest by how close it was. */
export function sortedGallery(
  scores: readonly ScoreLine[],
  thresholds: Readonly<Record<string, Calibration>>,
): ScoreLine[] {
  const rank = (line: ScoreLine) => ({ miss: 0, 'false alarm': 1, right: 2 })[outcomeOf(line)];
  const wrong = (line: ScoreLine) =>
    wrongness(line, Object.hasOwn(thresholds, line.class) ? thresholds[line.class] : undefined);
  return [...scores].sort((a, b) => rank(a) - rank(b) || wrong(b) - wrong(a));
}
