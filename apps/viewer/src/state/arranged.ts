import type { Verdict } from '@pyramid-mamba/metrics';
import { scoreOfLimit } from '@pyramid-mamba/runs';
import type { Item } from '../run/types.js';
import { outcomeOf, thresholdsOf, verdictOf, type Outcome } from './verdicts.js';

/** The filter for shown pictures; `any` and null accept all. */
export interface Filter {
  readonly className: string | null;
  readonly label: 'any' | 'good' | 'defective' | 'unknown';
  readonly verdict: 'any' | Verdict;
  readonly outcome: 'any' | Exclude<Outcome, 'right'>;
}

export const ORDERS = {
  'score down': 'highest score first',
  'score up': 'lowest score first',
  close: 'closest to the threshold first',
  file: 'by name',
} as const;
export type Order = keyof typeof ORDERS;

const LABELS = { good: 0, defective: 1, unknown: null } as const;

/** The filtered items, in order. */
export function arranged(items: readonly Item[], filter: Filter, order: Order): Item[] {
  const { className, label, verdict, outcome } = filter;
  const kept = items.filter(
    (item) =>
      (className === null || item.className === className) &&
      (label === 'any' || item.label === LABELS[label]) &&
      (verdict === 'any' || verdictOf(item) === verdict) &&
      (outcome === 'any' || outcomeOf(item) === outcome),
  );
  switch (order) {
    case 'score down':
      return kept.sort(highestFirst);
    case 'score up':
      return kept.sort(lowestFirst);
    case 'file':
      return kept.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0));
    case 'close': {
      const far = new Map(kept.map((item) => [item, distance(item)]));
      return kept.sort((a, b) => far.get(a)! - far.get(b)!);
    }
  }
}

type Scored = Pick<Item, 'className' | 'score'>;

/** By scores as they are shown, as multiples of their limits; those of classes without a limit follow, by what they are. */
const byShown =
  (sign: 1 | -1) =>
  (a: Scored, b: Scored): number => {
    const [x, y] = [a, b].map(({ className, score }) => scoreOfLimit(score, thresholdsOf(className)));
    if (x == null || y == null) return Number(x == null) - Number(y == null) || sign * (a.score - b.score);
    return sign * (x - y);
  };
const lowestFirst = byShown(1);
export const highestFirst = byShown(-1);

/**
 * Distance of a score from the nearer threshold of its class, in spans of the class's scores, so that classes are comparable;
 * infinite without thresholds.
 */
export function distance({ className, score }: Scored): number {
  const found = thresholdsOf(className);
  if (!found) return Infinity;
  const [low, high] = found.scoreRange;
  const nearer = Math.min(Math.abs(score - found.review), Math.abs(score - found.reject));
  return nearer / Math.max(high - low, Number.EPSILON);
}
