import { NO_REGION } from '../pixels/aupro.js';
import { nextUp } from '../counting/floats.js';
import { NO_ANOMALOUS, NO_NORMAL } from '../metric.js';
import { foldMaps } from '../pixels/pixelSweep.js';
import type { Fold, Segment, Totals } from '../counting/ranking.js';
import { foldSamples } from '../scores/samples.js';
import { checkPairs, type Mask, type ScoreMap } from '../pixels/scoreMap.js';
import { thin, type CurvePoints } from './thin.js';

/** Points of a curve; null with the reason if it is undefined. */
export type CurveResult =
  | { readonly points: CurvePoints }
  | { readonly points: null; readonly reason: string };

export interface CurveOptions {
  /**
   * Maximum number of points (at least 2; default all corners), chosen so that the plotted line looks the same; their
   * thresholds stay exact. Compute areas with the metrics, not from a thinned curve.
   */
  readonly maxPoints?: number;
}

/**
 * ROC curve: x false positive rate, y true positive rate, from (0, 0) to (1, 1), only the corners of the line;
 * its trapezoidal area is AU-ROC. Errors as in `auroc`.
 */
export function rocCurve(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: CurveOptions = {},
): CurveResult {
  return foldSamples('rocCurve', scores, labels, (totals) => rocFold(totals, checked('rocCurve', options)));
}

/**
 * Precision-recall points: x recall, y precision, one for each distinct score of an anomalous sample, recall rising;
 * average precision is the sum of recall gains times precision. Errors as in `averagePrecision`.
 */
export function prCurve(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  options: CurveOptions = {},
): CurveResult {
  return foldSamples('prCurve', scores, labels, (totals) => prFold(totals, checked('prCurve', options)));
}

/**
 * PRO curve over one class: x false positive rate over the normal pixels, y mean per-region overlap, from (0, 0) up to
 * x = `fprLimit` (default 1), where the last point is interpolated; its area up to a rate of 0.3, divided by 0.3, is
 * AU-PRO by the protocol `exact`. Errors as in `aupro`.
 */
export function proCurve(
  maps: readonly ScoreMap[],
  masks: readonly Mask[],
  options: CurveOptions & { readonly fprLimit?: number } = {},
): CurveResult {
  const { fprLimit = 1 } = options;
  if (!(fprLimit > 0 && fprLimit <= 1)) {
    throw new Error(`proCurve: fprLimit must be in (0, 1], got ${fprLimit}.`);
  }
  const maxPoints = checked('proCurve', options);
  checkPairs('proCurve', maps, masks);
  return foldMaps('proCurve', maps, masks, (totals) => proFold(totals, maxPoints, fprLimit));
}

export function rocFold(totals: Totals, maxPoints: number): Fold<CurveResult> {
  const { positiveCount } = totals;
  return againstFalsePositiveRate(totals, maxPoints, 1, NO_ANOMALOUS, ({ tp }, t) => tp[t]! / positiveCount);
}

export function proFold(totals: Totals, maxPoints: number, fprLimit: number): Fold<CurveResult> {
  return againstFalsePositiveRate(totals, maxPoints, fprLimit, NO_REGION, ({ pro }, t) => pro[t]!);
}

export function prFold({ positiveCount }: Totals, maxPoints: number): Fold<CurveResult> {
  const line = new Line(maxPoints);
  return {
    add({ thresholds, tp, fp }) {
      for (let t = 0; t < tp.length; t++) {
        const hits = tp[t]!;
        line.to(hits / positiveCount, hits / (hits + fp[t]!), thresholds[t]!);
      }
    },
    result: () => (positiveCount === 0 ? { points: null, reason: NO_ANOMALOUS } : { points: line.finish() }),
  };
}

function againstFalsePositiveRate(
  totals: Totals,
  maxPoints: number,
  limit: number,
  nothingAnomalous: string,
  height: (segment: Segment, t: number) => number,
): Fold<CurveResult> {
  const { positiveCount, negativeCount, min, max } = totals;
  const line = new Line(maxPoints);
  let x = 0;
  let y = 0;
  if (positiveCount > 0) line.to(0, 0, max, true);
  return {
    add(segment) {
      const { thresholds, fpAbove, fp } = segment;
      for (let t = 0; t < thresholds.length && x < limit; t++) {
        const above = Math.min(limit, fpAbove[t]! / negativeCount);
        if (above > x) line.to(above, y, thresholds[t]!, true);
        x = Math.max(x, above);
        if (x >= limit) return;
        const rate = fp[t]! / negativeCount;
        const next = height(segment, t);
        const part = rate > limit ? (limit - x) / (rate - x) : 1;
        y = part < 1 ? y + (next - y) * part : next;
        x = Math.min(limit, rate);
        line.to(x, y, thresholds[t]!);
      }
    },
    result() {
      if (positiveCount === 0) return { points: null, reason: nothingAnomalous };
      if (negativeCount === 0) return { points: null, reason: NO_NORMAL };
      return { points: line.finish(x < limit ? [limit, y, min, false] : undefined) };
    },
  };
}

/** A thinned curve first drops steps shorter than this: an eighth of a pixel on a 1000-pixel plot. */
const INVISIBLE = 2 ** -13;

type Point = readonly [x: number, y: number, threshold: number, above: boolean];

/** Collects the points of a curve; for a thinned curve only those a visible step apart, so memory is bounded. */
class Line {
  private readonly kept: Point[] = [];
  private readonly step: number;
  /** The last point if it was not stored. */
  private skipped: Point | undefined;

  constructor(private readonly maxPoints: number) {
    this.step = Number.isFinite(maxPoints) ? INVISIBLE : -1;
  }

  /** Continues to (x, y), reached by accepting scores >= threshold, or only those `above` it. */
  to(x: number, y: number, threshold: number, above = false): void {
    const point: Point = [x, y, threshold, above];
    const last = this.kept.at(-1);
    if (last && Math.max(Math.abs(x - last[0]), Math.abs(y - last[1])) <= this.step) this.skipped = point;
    else {
      this.kept.push(point);
      this.skipped = undefined;
    }
  }

  /** The points so far and `end`; may be called repeatedly. */
  finish(end: Point | undefined = this.skipped): CurvePoints {
    const points = end === undefined ? this.kept : [...this.kept, end];
    const whole = {
      x: Float64Array.from(points, ([x]) => x),
      y: Float64Array.from(points, ([, y]) => y),
      threshold: Float64Array.from(points, ([, , threshold, above]) =>
        above ? nextUp(threshold) : threshold,
      ),
    };
    return thin(whole, this.maxPoints);
  }
}

function checked(where: string, { maxPoints = Infinity }: CurveOptions): number {
  if (!(maxPoints >= 2)) throw new Error(`${where}: maxPoints must be at least 2, got ${maxPoints}.`);
  return maxPoints;
}
