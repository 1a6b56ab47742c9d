import { NO_REGION } from '../pixels/aupro.js';
import { aboveCut, type BinTable } from './binTable.js';
import { f1Above, stepCuts } from '../scores/f1Max.js';
import { NO_ANOMALOUS, NO_NORMAL } from '../metric.js';
import type { Totals } from '../counting/ranking.js';

/** The true value is within `error` of `value`; null with a reason if it is undefined or the bins are too coarse. */
export type BoundedMetric =
  | { readonly value: number; readonly error: number }
  | { readonly value: null; readonly reason: string };

/** Rounding of the float64 sums on both sides. */
const ROUNDING = 1e-9;

export function between(low: number, high: number): BoundedMetric {
  const bottom = Math.max(0, low);
  const top = Math.min(1, high);
  return { value: (bottom + top) / 2, error: (top - bottom) / 2 + ROUNDING };
}

/** Pairs within a bin may have either order. */
export function aurocBounds({ p, q, fp }: BinTable, { positiveCount, negativeCount }: Totals): BoundedMetric {
  if (positiveCount === 0) return { value: null, reason: NO_ANOMALOUS };
  if (negativeCount === 0) return { value: null, reason: NO_NORMAL };
  let low = 0;
  let open = 0;
  for (let i = 0; i < p.length; i++) {
    low += (p[i]! / positiveCount) * ((negativeCount - fp[i]! - q[i]!) / negativeCount);
    open += (p[i]! / positiveCount) * (q[i]! / negativeCount);
  }
  return between(low, low + open);
}

/**
 * Upper bound: a bin's anomalous samples share one score above all its normal ones; lower bound: all differ and are
 * below them. The sum over those, of (tp + i) / (tp + i + c), is bounded by an integral.
 */
export function averagePrecisionBounds({ p, q, tp, fp }: BinTable, { positiveCount }: Totals): BoundedMetric {
  if (positiveCount === 0) return { value: null, reason: NO_ANOMALOUS };
  let low = 0;
  let high = 0;
  for (let i = 0; i < p.length; i++) {
    if (p[i] === 0) continue;
    const hits = tp[i]! + p[i]!;
    high += (p[i]! * hits) / (hits + fp[i]!);
    const c = fp[i]! + q[i]!;
    low += c === 0 ? p[i]! : p[i]! - c * Math.log1p(p[i]! / (tp[i]! + c));
  }
  return between(low / positiveCount, high / positiveCount);
}

/** Lower bound: the F1 at the edges of the bins; upper bound: at a threshold between a bin's anomalous and normal samples. */
export function f1MaxBounds({ p, q, tp, fp }: BinTable, { positiveCount }: Totals): BoundedMetric {
  if (positiveCount === 0) return { value: null, reason: NO_ANOMALOUS };
  let low = 0;
  let high = 0;
  for (let i = 0; i < p.length; i++) {
    const hits = tp[i]! + p[i]!;
    low = Math.max(low, (2 * hits) / (hits + fp[i]! + q[i]! + positiveCount));
    high = Math.max(high, (2 * hits) / (hits + fp[i]! + positiveCount));
  }
  return between(low, high);
}

export function f1StepsBounds(table: BinTable, totals: Totals): BoundedMetric {
  const { positiveCount } = totals;
  if (positiveCount === 0) return { value: null, reason: NO_ANOMALOUS };
  const cuts = stepCuts(totals);
  if (cuts.length === 0) return { value: null, reason: 'the range of the scores exceeds float64' };
  let low = 0;
  let high = 0;
  for (const cut of cuts) {
    const { tp, fp } =
      cut === totals.max ? { tp: [0, 0] as const, fp: [0, 0] as const } : aboveCut(table, cut);
    low = Math.max(low, f1Above({ tp: tp[0], fp: fp[1] }, positiveCount));
    high = Math.max(high, f1Above({ tp: tp[1], fp: fp[0] }, positiveCount));
  }
  return between(low, high);
}

/** Within a bin the curve runs somewhere between the heights on its two sides. */
export function auproExactBounds(
  { q, w, fp, pro }: BinTable,
  { positiveCount, negativeCount }: Totals,
  fprLimit = 0.3,
): BoundedMetric {
  if (positiveCount === 0) return { value: null, reason: NO_REGION };
  if (negativeCount === 0) return { value: null, reason: NO_NORMAL };
  const limit = fprLimit * negativeCount;
  let low = 0;
  let high = 0;
  for (let i = 0; i < q.length && fp[i]! < limit; i++) {
    const width = Math.min(limit, fp[i]! + q[i]!) - fp[i]!;
    low += width * pro[i]!;
    high += width * (pro[i]! + w[i]!);
  }
  return between(low / limit, high / limit);
}
