import { defined, undefinedMetric, NO_NORMAL, type Metric } from '../metric.js';
import { foldMaps } from './pixelSweep.js';
import type { Fold, Totals } from '../counting/ranking.js';
import { checkPairs, type Mask, type ScoreMap } from './scoreMap.js';

/** `fprLimit` in (0, 1], default 0.3; `steps` (paper only) the number of threshold steps, default 100. */
export type AuproOptions =
  | { readonly protocol: 'paper'; readonly fprLimit?: number; readonly steps?: number }
  | { readonly protocol: 'exact'; readonly fprLimit?: number };

export const NO_REGION = 'there is no anomalous region, so the per-region overlap is undefined';

/**
 * AU-PRO (Bergmann et al., "The MVTec Anomaly Detection Dataset", IJCV 2021): area under the curve of the per-region
 * overlap (mean over the 8-connected regions of all masks of the covered fraction) against the false positive rate
 * over all normal pixels, up to `fprLimit`, scaled to [0, 1].
 *
 * `exact`: every distinct score is a threshold, the curve starts at (0, 0), is interpolated at the limit, and the area
 * divided by the limit. `paper`: the authors' code: thresholds min, min + step ... below max with step = range / steps,
 * prediction strictly greater, points with rate < limit kept, the rates rescaled to [0, 1] by their own minimum
 * and maximum, trapezoidal rule.
 *
 * `maps` and `masks` pair up, one each per image of the class. Null without a region or a normal pixel; in `paper` also for
 * constant maps and if the kept points share one false positive rate (for example with a perfect separation: the
 * authors' code returns NaN or fails there). Throws when maps and masks do not match, a score is not finite, or an option
 * is out of range.
 */
export function aupro(maps: readonly ScoreMap[], masks: readonly Mask[], options: AuproOptions): Metric {
  const { fprLimit = 0.3 } = options;
  if (!(fprLimit > 0 && fprLimit <= 1))
    throw new Error(`aupro: fprLimit must be in (0, 1], got ${fprLimit}.`);
  const steps = options.protocol === 'paper' ? (options.steps ?? 100) : 1;
  if (!Number.isInteger(steps) || steps < 1) {
    throw new Error(`aupro: steps must be an integer of at least 1, got ${steps}.`);
  }
  checkPairs('aupro', maps, masks);
  return foldMaps('aupro', maps, masks, (totals) =>
    options.protocol === 'exact' ? auproExactFold(totals, fprLimit) : auproPaperFold(totals, fprLimit, steps),
  );
}

export function auproExactFold({ positiveCount, negativeCount }: Totals, fprLimit = 0.3): Fold<Metric> {
  const limit = fprLimit * negativeCount; // x is in normal pixels
  let area = 0;
  let x = 0;
  let y = 0;
  return {
    add({ fpAbove, fp, pro }) {
      for (let t = 0; t < pro.length && x < limit; t++) {
        const corner = Math.min(limit, fpAbove[t]!);
        area += (corner - x) * y;
        const tied = fp[t]! - fpAbove[t]!;
        const end = Math.max(corner, Math.min(limit, fp[t]!));
        // Normal and anomalous pixels with equal scores form a sloped segment, cut at the limit.
        const reached = tied === 0 ? pro[t]! : y + ((pro[t]! - y) * (end - corner)) / tied;
        area += ((end - corner) * (y + reached)) / 2;
        x = end;
        y = reached;
      }
    },
    result() {
      if (positiveCount === 0) return undefinedMetric(NO_REGION);
      if (negativeCount === 0) return undefinedMetric(NO_NORMAL);
      return defined(Math.min(1, (area + (limit - x) * y) / limit));
    },
  };
}

export function auproPaperFold(totals: Totals, fprLimit = 0.3, steps = 100): Fold<Metric> {
  const { positiveCount, negativeCount } = totals;
  const cuts = auproCuts(totals, steps);
  let points: { rate: number; overlap: number }[] | undefined;
  return {
    cuts: cuts ?? [],
    add(segment) {
      points ??= (cuts ?? []).map((cut) => {
        const { fp, weight } = segment.above(cut);
        return { rate: fp / negativeCount, overlap: weight };
      });
    },
    result() {
      const reason = noPaperCuts(totals, cuts);
      if (positiveCount === 0) return undefinedMetric(NO_REGION);
      if (reason !== undefined) return undefinedMetric(reason);
      return stretchedArea(points!, fprLimit);
    },
  };
}

/** Thresholds of the authors' rule, prediction strictly greater; undefined if the range cannot be divided. */
export function auproCuts({ min, max }: Totals, steps: number): number[] | undefined {
  if (!(max > min)) return [];
  // numpy.arange(min, max, step): its length is rounded up, its values are min + i * ((min + step) - min).
  const step = (max - min) / steps;
  const count = Math.ceil((max - min) / step);
  if (!Number.isFinite(count)) return undefined;
  const delta = min + step - min;
  return Array.from({ length: count }, (_, i) => min + i * delta);
}

/** Why the authors' rule is undefined on data with a region, if it is. */
export function noPaperCuts(totals: Totals, cuts: readonly number[] | undefined): string | undefined {
  if (totals.negativeCount === 0) return NO_NORMAL;
  if (cuts === undefined) return 'the range of the scores cannot be divided into steps in float64';
  if (cuts.length === 0) return 'all scores are equal, so the authors’ rule has no thresholds';
  return undefined;
}

/** The area under the points (rates falling) below the limit, the rates rescaled to [0, 1] by their own range. */
function stretchedArea(points: readonly { rate: number; overlap: number }[], fprLimit: number): Metric {
  const kept = points.filter(({ rate }) => rate < fprLimit);
  const greatest = kept[0]?.rate;
  const smallest = kept.at(-1)?.rate;
  if (greatest === undefined || smallest === undefined) {
    return undefinedMetric(`no threshold of the authors’ rule has a false positive rate below ${fprLimit}`);
  }
  if (greatest === smallest) {
    return undefinedMetric(
      `all thresholds of the authors’ rule with a false positive rate below ${fprLimit} have the same rate, ` +
        'so it cannot be rescaled by its range',
    );
  }
  let area = 0;
  for (let i = 1; i < kept.length; i++) {
    const [before, after] = [kept[i - 1]!, kept[i]!];
    area += ((before.rate - after.rate) * (before.overlap + after.overlap)) / 2;
  }
  return defined(area / (greatest - smallest));
}
