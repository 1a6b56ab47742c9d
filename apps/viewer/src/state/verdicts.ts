import { BLANK, decide } from '@pyramid-mamba/inspect';
import { LARGEST_SCORE } from '@pyramid-mamba/model';
import { outcomeOf as metricsOutcome, type Outcome, type Verdict } from '@pyramid-mamba/metrics';
import type { Calibration, Item } from '../run/types.js';
import { run, thresholds } from './opened.js';

export type { Outcome };

type Judged = Pick<Item, 'className' | 'score' | 'blank'>;

/** Current thresholds of a class in the page. */
export const thresholdsOf = (className: string): Calibration | undefined =>
  Object.hasOwn(thresholds.value, className) ? thresholds.value[className] : undefined;

/** The verdict on a picture by the current thresholds; null if its class has none. Thresholds that no score can reach, and blank pictures, never give OK. */
export function verdictOf({ className, score, blank }: Judged): Verdict | null {
  const doubts = blank === true ? [BLANK] : [];
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
