import { prefixLength, type Above, type Counts, type Tally } from './tally.js';

/** Totals over all samples of a class. */
export interface Totals {
  readonly positiveCount: number;
  readonly negativeCount: number;
  /** Range over all samples; +Infinity and -Infinity without samples. */
  readonly min: number;
  readonly max: number;
}

/**
 * Counts at the scores of anomalous samples, highest first; every metric is computed from it. Only those scores can raise
 * recall, so the ROC, PR and PRO curves have their corners there. If there are more of them than may be held at once,
 * several segments follow in descending order; all counts are cumulative over the whole.
 */
export interface Segment {
  /** (t) distinct scores of anomalous samples, descending. */
  readonly thresholds: Float64Array;
  /** (t) anomalous samples with score >= thresholds[i]. */
  readonly tp: Counts;
  /** (t) normal samples with score > thresholds[i]. */
  readonly fpAbove: Counts;
  /** (t) normal samples with score >= thresholds[i]. */
  readonly fp: Counts;
  /** (t) mean over the regions of the fraction of their pixels with score >= thresholds[i]; zeros without pixels. */
  readonly pro: Float64Array;
  /** Samples above a requested cut; `weight` is the mean overlap. */
  above(cut: number): Above;
}

/** A figure computed over the segments, highest first. */
export interface Fold<R> {
  /** Scores for which the segments' `above` must count. */
  readonly cuts?: readonly number[];
  add(segment: Segment): void;
  result(): R;
}

/** Reads the counts at `thresholds` (ascending, all of them edges of the finished tally). */
export function readSegment(
  tally: Tally,
  edges: Float64Array,
  thresholds: Float64Array,
  totals: Totals,
  regionCount: number,
): Segment {
  const n = thresholds.length;
  const counts = (greatest: number): Counts =>
    greatest < 2 ** 32 ? new Uint32Array(n) : new Float64Array(n);
  const tp = counts(totals.positiveCount);
  const fp = counts(totals.negativeCount);
  const fpAbove = counts(totals.negativeCount);
  const pro = new Float64Array(n);
  const overlap = (weight: number): number => (regionCount > 0 ? Math.min(1, weight / regionCount) : 0);
  let e = edges.length - 1;
  for (let t = 0; t < n; t++) {
    const threshold = thresholds[n - 1 - t]!;
    while (edges[e]! > threshold) e--;
    tp[t] = tally.tpAt(e);
    fp[t] = tally.fpAt(e);
    fpAbove[t] = tally.fpAbove(e);
    pro[t] = overlap(tally.weightAt(e));
  }
  return {
    thresholds: thresholds.toReversed(),
    tp,
    fpAbove,
    fp,
    pro,
    above(cut) {
      const { weight, ...samples } = tally.above(prefixLength(edges.length, (i) => edges[i]! < cut));
      return { ...samples, weight: overlap(weight) };
    },
  };
}

/** Thresholds and cuts in one ascending list without repetition. */
export function edgesOf(thresholds: Float64Array, folds: readonly Fold<unknown>[]): Float64Array {
  const cuts = folds.flatMap((fold) => fold.cuts ?? []);
  if (cuts.length === 0) return thresholds;
  const sorted = Float64Array.from(cuts).sort();
  const edges = new Float64Array(thresholds.length + sorted.length);
  let length = 0;
  let t = 0;
  for (const cut of [...sorted, Infinity]) {
    while (t < thresholds.length && thresholds[t]! < cut) edges[length++] = thresholds[t++]!;
    if (cut < Infinity && edges[length - 1] !== cut && thresholds[t] !== cut) edges[length++] = cut;
  }
  return edges.subarray(0, length);
}
