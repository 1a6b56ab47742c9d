import type { StoredCurve } from '../../run/types.js';

/** A point of a curve. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * The point of a curve, sorted by descending threshold, at `threshold` (linear interpolation between two points);
 * `beyond` if the curve has ended before, null if its points have no thresholds.
 */
export function pointAt(curve: StoredCurve, threshold: number): Point | 'beyond' | null {
  const at = curve.findIndex(([, , own]) => own !== undefined && own < threshold);
  if (curve.length === 0 || curve.some(([, , own]) => own === undefined)) return null;
  if (at < 0) return curve.at(-1)![2] === threshold ? point(curve.at(-1)!) : 'beyond';
  if (at === 0) return { x: 0, y: 0 };
  const [before, after] = [curve[at - 1]!, curve[at]!];
  const share = (before[2]! - threshold) / (before[2]! - after[2]!);
  return { x: before[0] + share * (after[0] - before[0]), y: before[1] + share * (after[1] - before[1]) };
}

const point = ([x, y]: StoredCurve[number]): Point => ({ x, y });
