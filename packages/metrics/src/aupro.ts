import { defined, undefinedMetric, NO_NORMAL, type Metric } from './metric.js';
import { rankPixels, type Mask, type PixelRanking, type ScoreMap } from './pixels.js';
import { countAccepted } from './ranking.js';

/** `fprLimit` in (0, 1], 0.3 unless told; `steps` (paper only) the number of threshold steps, 100 unless told. */
export type AuproOptions =
  | { readonly protocol: 'paper'; readonly fprLimit?: number; readonly steps?: number }
  | { readonly protocol: 'exact'; readonly fprLimit?: number };

const NO_REGION = 'there is no anomalous region, so the per-region overlap is undefined';

/**
 * AU-PRO (Bergmann et al., "The MVTec Anomaly Detection Dataset", IJCV 2021): area under the curve of the per-region
 * overlap (mean over the 8-connected regions of all masks of the covered fraction) against the false positive rate
 * over all normal pixels, up to `fprLimit`, scaled to [0, 1].
 *
 * `exact`: every distinct score is a threshold, the curve starts at (0, 0), is interpolated at the limit, and the area
 * divided by the limit. `paper`: the authors' code: thresholds min, min + step ... below max with step = range / steps,
 * prediction strictly greater, points with rate < limit kept, the rates stretched to [0, 1] by their own smallest
 * and greatest, trapezoid rule.
 *
 * `maps` and `masks` pair up, one an image of the class. Null without a region or a normal pixel; in `paper` also for
 * constant maps and where the kept points share one false positive rate (a perfect separation among them: the
 * authors' code gives NaN or fails there). Throws when maps and masks do not match, a score is not finite, or an option
 * is out of range.
 */
export function aupro(maps: readonly ScoreMap[], masks: readonly Mask[], options: AuproOptions): Metric {
  const { fprLimit = 0.3 } = options;
  if (!(fprLimit > 0 && fprLimit <= 1))
    throw new Error(`aupro: fprLimit must be in (0, 1], got ${fprLimit}.`);
  if (options.protocol === 'exact') return auproExactOf(rankPixels('aupro', maps, masks), fprLimit);
  const { steps = 100 } = options;
  if (!Number.isInteger(steps) || steps < 1) {
    throw new Error(`aupro: steps must be an integer of at least 1, got ${steps}.`);
  }
  return auproPaperOf(rankPixels('aupro', maps, masks), fprLimit, steps);
}

export function auproExactOf(ranking: PixelRanking, fprLimit = 0.3): Metric {
  const { negativeCount, regionCount, fpAbove, fp, pro } = ranking;
  if (regionCount === 0) return undefinedMetric(NO_REGION);
  if (negativeCount === 0) return undefinedMetric(NO_NORMAL);
  const limit = fprLimit * negativeCount; // x runs in normal pixels
  let area = 0;
  let x = 0;
  let y = 0;
  for (let t = 0; t < pro.length && x < limit; t++) {
    const corner = Math.min(limit, fpAbove[t]!);
    area += (corner - x) * y;
    const tied = fp[t]! - fpAbove[t]!;
    const end = Math.max(corner, Math.min(limit, fp[t]!));
    // Normal and anomalous pixels of one score make a slanted piece, cut at the limit.
    const reached = tied === 0 ? pro[t]! : y + ((pro[t]! - y) * (end - corner)) / tied;
    area += ((end - corner) * (y + reached)) / 2;
    x = end;
    y = reached;
  }
  area += (limit - x) * y;
  return defined(Math.min(1, area / limit));
}

export function auproPaperOf(ranking: PixelRanking, fprLimit = 0.3, steps = 100): Metric {
  const { min, max, negativeCount, regionCount, pro } = ranking;
  if (regionCount === 0) return undefinedMetric(NO_REGION);
  if (negativeCount === 0) return undefinedMetric(NO_NORMAL);
  if (max === min) return undefinedMetric('all scores are equal, so the authors’ rule has no thresholds');

  // numpy.arange(min, max, step): its length is rounded up, its values are min + i * ((min + step) - min).
  const step = (max - min) / steps;
  const count = Math.ceil((max - min) / step);
  if (!Number.isFinite(count)) {
    return undefinedMetric('the range of the scores cannot be divided into steps in float64');
  }
  const delta = min + step - min;
  const rates: number[] = [];
  const overlaps: number[] = [];
  for (let i = 0; i < count; i++) {
    const threshold = min + i * delta;
    const { slots, fp } = countAccepted(ranking, (score) => score > threshold);
    const rate = fp / negativeCount;
    if (rate >= fprLimit) continue;
    rates.push(rate);
    overlaps.push(slots > 0 ? pro[slots - 1]! : 0);
  }

  const greatest = rates[0]; // thresholds rise, so rates fall
  const smallest = rates.at(-1);
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
  for (let i = 1; i < rates.length; i++) {
    area += ((rates[i - 1]! - rates[i]!) * (overlaps[i - 1]! + overlaps[i]!)) / 2;
  }
  return defined(area / (greatest - smallest));
}
