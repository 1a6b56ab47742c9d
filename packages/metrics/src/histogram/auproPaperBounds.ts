import { auproCuts, noPaperCuts, NO_REGION } from '../pixels/aupro.js';
import { aboveCut, type BinTable, type Range } from './binTable.js';
import { between, type BoundedMetric } from './bounds.js';
import type { Totals } from '../counting/ranking.js';

/**
 * The authors' rule: rates and overlaps at each of its thresholds are known up to the content of one bin. The rescaled area is
 * bounded for every set of thresholds that may be below the limit.
 */
export function auproPaperBounds(
  table: BinTable,
  totals: Totals,
  fprLimit = 0.3,
  steps = 100,
): BoundedMetric {
  const { positiveCount, negativeCount } = totals;
  if (positiveCount === 0) return { value: null, reason: NO_REGION };
  const cuts = auproCuts(totals, steps);
  const reason = noPaperCuts(totals, cuts);
  if (reason !== undefined) return { value: null, reason };
  const points = cuts!.map((cut): CurvePointBounds => {
    const { fp, pro } = aboveCut(table, cut);
    return { rate: [fp[0] / negativeCount, fp[1] / negativeCount], overlap: pro };
  });
  let low = Infinity;
  let high = -Infinity;
  // Rates fall along the points: those below the limit are the last ones, starting at one of these.
  for (let from = 0; from < points.length; from++) {
    const { rate } = points[from]!;
    if (!(rate[0] < fprLimit)) continue;
    const sure = from === 0 || points[from - 1]!.rate[1] >= fprLimit;
    if (!sure) break;
    const bounds = stretchedBounds(points.slice(from), fprLimit);
    if (bounds === undefined) {
      return {
        value: null,
        reason: 'the false positive rates below the limit are too close for the bins to distinguish',
      };
    }
    low = Math.min(low, bounds[0]);
    high = Math.max(high, bounds[1]);
  }
  if (low > high) {
    const none = `no threshold of the authors’ rule has a false positive rate below ${fprLimit}`;
    return { value: null, reason: none };
  }
  return between(low, high);
}

interface CurvePointBounds {
  readonly rate: Range;
  readonly overlap: Range;
}

/**
 * Bounds of the area under the points divided by the range of their rates. It rises with every overlap; summed by parts it
 * is linear in every inner rate, falling, as overlaps fall along the points; in the first and the last rate it is
 * monotone, so the extremes are at the ends of their ranges. Undefined if the range of the rates may be zero.
 */
function stretchedBounds(points: readonly CurvePointBounds[], fprLimit: number): Range | undefined {
  const firstRate: Range = [points[0]!.rate[0], Math.min(points[0]!.rate[1], fprLimit)];
  const lastRate = points.at(-1)!.rate;
  if (points.length < 2 || !(firstRate[0] > lastRate[1])) return undefined;
  const area = (side: 0 | 1, first: number, last: number): number => {
    const rate = (i: number): number =>
      i === 0 ? first : i === points.length - 1 ? last : points[i]!.rate[1 - side]!;
    let sum = 0;
    for (let i = 1; i < points.length; i++) {
      sum += ((rate(i - 1) - rate(i)) * (points[i - 1]!.overlap[side] + points[i]!.overlap[side])) / 2;
    }
    return sum / (first - last);
  };
  const ends = firstRate.flatMap((first) => lastRate.map((last) => [first, last] as const));
  return [
    Math.min(...ends.map(([first, last]) => area(0, first, last))),
    Math.max(...ends.map(([first, last]) => area(1, first, last))),
  ];
}
