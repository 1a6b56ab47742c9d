import { BLANK, decide, fitDoubts, LOST } from '@pyramid-mamba/inspect';
import { LARGEST_SCORE } from '@pyramid-mamba/model';
import {
  outcomeOf as metricsOutcome,
  ownValue,
  type Outcome,
  type Verdict,
  type VerdictThresholds,
} from '@pyramid-mamba/metrics';
import type { Calibration, Item } from '../run/types.js';
import { run, thresholds } from './opened.js';

export type { Outcome };

type Judged = Pick<Item, 'className' | 'score' | 'blank' | 'fit' | 'lost' | 'doubts'>;

/** Current thresholds of a class in the page. */
export const thresholdsOf = (className: string): Calibration | undefined =>
  Object.hasOwn(thresholds.value, className) ? thresholds.value[className] : undefined;

/** Why no OK of a class of the opened run can be trusted by these thresholds; undefined where it can. */
export function distrustBy(className: string, by: VerdictThresholds | undefined): string | undefined {
  const { distrust, distrustBy: of } = run.value ?? {};
  return of ? of(className, by) : ownValue(distrust, className);
}

/** Reasons not to trust an OK of a picture of the opened run, by the current thresholds or by others. */
export function doubtsOf(
  { className, blank, fit, lost, doubts = [] }: Omit<Judged, 'score'>,
  by: VerdictThresholds | undefined = thresholdsOf(className),
): string[] {
  const distrust = distrustBy(className, by);
  return [
    ...(blank === true ? [BLANK] : []),
    ...(lost === true ? [LOST] : []),
    ...fitDoubts(fit ?? 'yes'),
    ...doubts,
    ...(distrust === undefined ? [] : [distrust]),
  ];
}

/**
 * The verdict on a picture by the current thresholds; null if its class has none. Thresholds that no score can reach, blank pictures, those of
 * no product and classes whose self-test failed never give OK.
 */
export function verdictOf(judged: Judged): Verdict | null {
  const { className, score } = judged;
  const doubts = doubtsOf(judged);
  return decide(score, className, thresholdsOf(className), doubts, run.value?.largestScore ?? LARGEST_SCORE)
    .verdict;
}

/** What the verdict on a picture was worth; null where its truth is not known or it has no verdict. */
export function outcomeOf(item: Judged & Pick<Item, 'label'>): Outcome | null {
  const { label } = item;
  return label === null ? null : metricsOutcome({ label, verdict: verdictOf(item) });
}

/** A mistake, for people; undefined where there is none. */
export function mistakeOf(outcome: Outcome | null): string | undefined {
  if (outcome === 'miss') return 'missed defect';
  return outcome === 'false reject' ? outcome : undefined;
}
