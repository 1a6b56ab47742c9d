import { ownValue, type JudgedPicture } from '@pyramid-mamba/metrics';
import type { Calibration } from '@pyramid-mamba/model';
import { classLines, isMany } from '../text/manyClasses.js';
import { thresholdLine } from '../text/thresholdLine.js';
import { verdictLine } from './verdictLine.js';

/** Where thresholds and verdicts of classes are that no line tells of. */
const REST = 'their thresholds are in metrics.json, their verdicts in scores.jsonl';

/**
 * Thresholds and verdicts of each class, a line each; of many classes those lines that warn, and the verdicts on all of them together.
 *
 * @param judged the pictures of each class
 */
export function outcomeLines(
  classes: readonly string[],
  judged: ReadonlyMap<string, readonly JudgedPicture[]>,
  calibration: Readonly<Record<string, Calibration>>,
): string[] {
  const verdicts = classes.map((name) => verdictLine(name, judged.get(name) ?? []));
  if (!isMany(classes.length))
    return classes.flatMap((name, i) => {
      const own = ownValue(calibration, name);
      return [...(own ? [thresholdLine(name, own)] : []), verdicts[i]].filter((line) => line !== undefined);
    });
  const all = verdictLine(
    `${classes.length} classes`,
    classes.flatMap((name) => judged.get(name) ?? []),
  );
  const warnings = verdicts.filter((line) => line?.startsWith('warning: ') === true) as string[];
  return [...classLines(warnings, REST), ...(all === undefined ? [] : [all])];
}
