import type { Calibration } from '@pyramid-mamba/model';

const METHODS: Record<Calibration['method'], string> = {
  quantile: 'good pictures only',
  drawn: 'good pictures and defects drawn on them',
  f1: 'the best F1 on the labelled test pictures',
  manual: 'a person',
};

/** Where the thresholds of classes are that no line tells of. */
export const THRESHOLDS_IN = 'their thresholds are in the model file, and in the JSON of `train --json`';

/** `thresholds of bottle: review from 0.113, reject from 0.131 (by …)`. */
export function thresholdLine(
  name: string,
  { review, reject, method, goodCount, defectCount }: Calibration,
): string {
  const pictures = defectCount > 0 ? `${goodCount} good and ${defectCount} defective` : `${goodCount} good`;
  return `thresholds of ${name}: review from ${review.toFixed(4)}, reject from ${reject.toFixed(4)} (set by ${METHODS[method]}: ${pictures} pictures)`;
}
