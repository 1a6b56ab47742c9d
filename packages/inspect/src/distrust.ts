import { ownValue } from '@pyramid-mamba/metrics';
import type { ClassSelfTest, ModelInfo } from '@pyramid-mamba/model';
import { isWithin, NO_AREAS } from './areas/index.js';
import { retested, type Thresholds } from './selfTest/counted.js';

const UNTESTED = 'the model could not test itself for ';
const FAILED = 'the model failed its self-test for ';
const CHANGED = [
  'the thresholds of ',
  ' were changed after the model had tested itself with others',
] as const;
const MOVED = [
  'the judged areas of ',
  ' were changed after the model had tested itself with others',
] as const;

/** Whether a doubt is one of `distrustOf`. */
export const isDistrust = (doubt: string): boolean =>
  doubt.startsWith(UNTESTED) ||
  doubt.startsWith(FAILED) ||
  [CHANGED, MOVED].some(([start, then]) => doubt.startsWith(start) && doubt.includes(then));

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
 * Areas that were set after the self-test may judge what it never saw: then nothing is known. Where they leave more out, what it found elsewhere than
 * on the defect counts as overlooked, since that may be left out now.
 *
 * @param className null where the model did not recognise the product
 * @param moved thresholds that a person has put in place of the file's
 */
export function distrustOf(
  { selfTest, calibration, areas }: Pick<ModelInfo, 'selfTest' | 'calibration' | 'areas'>,
  className: string | null,
  moved?: Thresholds,
): string | undefined {
  if (className === null || selfTest === undefined) return undefined;
  const filed = ownValue(selfTest, className);
  if (filed === undefined) return `${UNTESTED}${className}`;
  const part = ownValue(areas, className) ?? NO_AREAS;
  if (filed.areas && !isWithin(part, filed.areas))
    return `${MOVED[0]}${className}${MOVED[1]}: train it again with these areas to test them`;
  const own = filed.areas && !isWithin(filed.areas, part) ? onDefects(filed) : filed;
  const stored = ownValue(calibration, className);
  const used = moved ?? stored;
  const now =
    used && own.scores ? ownValue(retested({ [className]: own }, { [className]: used }), className)! : own;
  if (!now.passed) return `${FAILED}${className}: ${now.reason ?? NOT_PASSED}`;
  if (own.scores || !used) return undefined;
  const ofTest = stored?.method === 'drawn' && used.review <= stored.review;
  return ofTest ? undefined : `${CHANGED[0]}${className}${CHANGED[1]}: train it again to test them`;
}

/** A self-test of which only what was found on the defect counts as found. */
function onDefects(test: ClassSelfTest): ClassSelfTest {
  const { scores } = test;
  if (!scores) return test;
  const drawn = scores.drawn.map((one) => (one.onIt ? one : { ...one, score: -Infinity }));
  return { ...test, scores: { ...scores, drawn } };
}
