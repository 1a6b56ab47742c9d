import type { Item } from '../../run/types.js';

/** A histogram of scores by truth; `good[i]` counts those in the i-th of equal parts of low..high. */
export interface Bins {
  readonly low: number;
  readonly high: number;
  readonly good: readonly number[];
  readonly defective: readonly number[];
  readonly unknown: readonly number[];
  readonly most: number;
}

/** Margin beyond the outermost score, as a fraction of the range. */
const MARGIN = 0.04;

/** `also` are values that the range must include. */
export function binned(items: readonly Item[], also: readonly number[], parts: number): Bins {
  const values = [...items.map(({ score }) => score), ...also];
  const least = values.reduce((a, b) => Math.min(a, b), Infinity);
  const greatest = values.reduce((a, b) => Math.max(a, b), -Infinity);
  const margin = Math.max((greatest - least) * MARGIN, Math.abs(greatest) * 1e-6, Number.EPSILON);
  const [low, high] = values.length > 0 ? [least - margin, greatest + margin] : [0, 1];
  const count = (label: Item['label']) => {
    const counts = Array.from({ length: parts }, () => 0);
    for (const item of items) {
      if (item.label !== label) continue;
      counts[Math.min(parts - 1, Math.floor(((item.score - low) / (high - low)) * parts))]!++;
    }
    return counts;
  };
  const [good, defective, unknown] = [count(0), count(1), count(null)];
  return { low, high, good, defective, unknown, most: Math.max(1, ...good, ...defective, ...unknown) };
}
