import { verdict, type Verdict } from '@pyramid-mamba/metrics';
import type { Calibration, Item } from '../run/types.js';
import { thresholds } from './opened.js';

/** Thresholds of a class as they stand in the page. */
export const thresholdsOf = (className: string): Calibration | undefined =>
  Object.hasOwn(thresholds.value, className) ? thresholds.value[className] : undefined;

/** The verdict on a picture by the thresholds as they stand; null where its class has none. */
export function verdictOf({ className, score }: Pick<Item, 'className' | 'score'>): Verdict | null {
  const found = thresholdsOf(className);
  return found ? verdict(score, found) : null;
}

/** What became of a picture whose truth is known: a `miss` is a defect judged OK, a `false reject` a good picture judged NG. */
export type Outcome = 'miss' | 'false reject' | 'right';

export function outcomeOf(item: Pick<Item, 'className' | 'score' | 'label'>): Outcome | null {
  const found = verdictOf(item);
  if (found === null || item.label === null) return null;
  if (item.label === 1) return found === 'OK' ? 'miss' : 'right';
  return found === 'NG' ? 'false reject' : 'right';
}
