import { decide } from '@pyramid-mamba/inspect';
import { VERDICTS } from '@pyramid-mamba/metrics';
import type { RunMetrics, ScoreLine } from '@pyramid-mamba/runs';
import { UserError } from '../errors.js';

/**
 * Throws a UserError if a verdict in `scores.jsonl` does not follow from its score and the thresholds of `metrics.json`: one of the
 * files is damaged or was changed, and a report must not call a picture OK that was not judged OK.
 *
 * @param largestScore of the run's method
 */
export function requireConsistent(
  { scores, metrics }: { scores: readonly ScoreLine[]; metrics: RunMetrics },
  path: string,
  largestScore: number,
): void {
  for (const { file, class: name, label, score, verdict } of scores) {
    const thresholds = metrics.thresholds ?? {};
    const own = Object.hasOwn(thresholds, name) ? thresholds[name] : undefined;
    const fits =
      Number.isFinite(score) &&
      (label === 0 || label === 1) &&
      (verdict === null || VERDICTS.includes(verdict)) &&
      // a doubt can only turn the verdict of the thresholds into REVIEW or UNKNOWN, never into OK
      (verdict === 'REVIEW' ||
        verdict === 'UNKNOWN' ||
        verdict === decide(score, name, own, [], largestScore).verdict);
    if (fits) continue;
    throw new UserError(
      `${path}: the line of ${String(file)} says verdict ${String(verdict)}, score ${String(score)}, label ${String(label)}, which does not follow from ` +
        'the thresholds in metrics.json; run `evaluate` again',
    );
  }
}
