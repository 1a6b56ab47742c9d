import { ownValue } from '@pyramid-mamba/metrics';
import type { ModelInfo } from '@pyramid-mamba/model';
import { retested, type Thresholds } from './selfTest/counted.js';

const UNTESTED = 'the model could not test itself for ';
const FAILED = 'the model failed its self-test for ';
const CHANGED = [
  'the thresholds of ',
  ' were changed after the model had tested itself with others',
] as const;

/** Whether a doubt is one of `distrustOf`. */
export const isDistrust = (doubt: string): boolean =>
  doubt.startsWith(UNTESTED) ||
  doubt.startsWith(FAILED) ||
  (doubt.startsWith(CHANGED[0]) && doubt.includes(CHANGED[1]));

/** The doubt about every picture of a class whose self-test failed, without the file's own reason. */
const NOT_PASSED = 'it did not find enough of the defects that were drawn on good pictures';

/**
 * The doubt about every OK of a class: its self-test failed, or tested other classes only, as where each of its pictures is a copy of another.
 * undefined where it passed, and in files without a self-test.
 *
 * What a self-test finds depends on the thresholds, and these may have been changed since, by hand or by an evaluation. So its stored scores
 * are counted again by the thresholds in use. Files of older versions have no scores: there it counts only where the thresholds are still those
 * of the self-test, or stricter.
 *
 * @param className null where the model did not recognise the product
 * @param moved thresholds that a person has put in place of the file's
 */
export function distrustOf(
  { selfTest, calibration }: Pick<ModelInfo, 'selfTest' | 'calibration'>,
  className: string | null,
  moved?: Thresholds,
): string | undefined {
  if (className === null || selfTest === undefined) return undefined;
  const own = ownValue(selfTest, className);
  if (own === undefined) return `${UNTESTED}${className}`;
  const stored = ownValue(calibration, className);
  const used = moved ?? stored;
  const now =
    used && own.scores ? ownValue(retested({ [className]: own }, { [className]: used }), className)! : own;
  if (!now.passed) return `${FAILED}${className}: ${now.reason ?? NOT_PASSED}`;
  if (own.scores || !used) return undefined;
  const ofTest = stored?.method === 'drawn' && used.review <= stored.review;
  return ofTest ? undefined : `${CHANGED[0]}${className}${CHANGED[1]}: train it again to test them`;
}
