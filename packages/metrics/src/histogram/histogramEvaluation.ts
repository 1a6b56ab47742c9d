import { auproPaperBounds } from './auproPaperBounds.js';
import { binTable } from './binTable.js';
import {
  aurocBounds,
  auproExactBounds,
  averagePrecisionBounds,
  f1MaxBounds,
  f1StepsBounds,
  type BoundedMetric,
} from './bounds.js';
import { imageFigures, type EvaluatedImage } from '../evaluation/evaluation.js';
import { binOf, BINS, countBins } from './histogram.js';
import type { Metric, Protocol } from '../metric.js';
import { connectedRegions } from '../regions/regions.js';
import { checkPair, countNonzero, survey } from '../pixels/scoreMap.js';

/** The figures of `ClassMetrics`, each with its maximum error. */
export interface BoundedMetrics {
  readonly image: { readonly auroc: Metric; readonly ap: Metric; readonly f1max: Metric };
  readonly pixel: {
    readonly auroc: BoundedMetric;
    readonly ap: BoundedMetric;
    readonly f1max: BoundedMetric;
    readonly aupro: BoundedMetric;
  };
}

/**
 * All metrics of one class in one pass over the images and in fixed memory (25 MB plus 16 bytes per image): pixels are
 * counted in 2^20 bins whose width is 1/2048 of the score, over the whole range of float32. The possible
 * orders of the pixels within each bin bound a figure: the result has the middle and half the width; the true figure of
 * `ExactEvaluation` is within. Image figures are exact.
 *
 * The error is small if anomalous and normal pixels rarely share a bin, and large, but still stated, if many scores
 * fall into few bins, as when all scores are equal or nearly equal. The AU-PRO of the authors' rule is
 * null if its false positive rates cannot be distinguished.
 *
 * Throws on sizes that do not match and on scores that are not finite.
 */
export class HistogramEvaluation {
  private readonly anomalous = new Float64Array(BINS);
  private readonly normal = new Float64Array(BINS);
  private readonly weights = new Float64Array(BINS);
  private readonly scores: number[] = [];
  private readonly labels: number[] = [];
  private regionCount = 0;
  private positiveCount = 0;
  private negativeCount = 0;
  private min = Infinity;
  private max = -Infinity;

  add({ map, mask, width, height, score, label }: EvaluatedImage): void {
    const index = this.scores.length;
    const scores = { data: map, width, height };
    checkPair('evaluation', scores, mask && { data: mask, width, height }, index);
    const { min, max } = survey('evaluation', scores, index);
    const positives = mask === undefined ? 0 : countNonzero(mask);
    this.min = Math.min(this.min, min);
    this.max = Math.max(this.max, max);
    this.positiveCount += positives;
    this.negativeCount += map.length - positives;
    this.scores.push(score ?? max);
    this.labels.push((label ?? positives) === 0 ? 0 : 1);
    if (mask === undefined || positives === 0) {
      countBins(this.normal, map);
      return;
    }
    const { labels, areas, count } = connectedRegions(mask, width, height);
    this.regionCount += count;
    countBins(this.normal, map, labels);
    for (let k = 0; k < labels.length; k++) {
      const region = labels[k]!;
      if (region === 0) continue;
      const bin = binOf(map[k]!);
      this.anomalous[bin]!++;
      this.weights[bin]! += 1 / areas[region - 1]!;
    }
  }

  /** The result for the images so far, by protocol. */
  result(): Readonly<Record<Protocol, BoundedMetrics>> {
    const { positiveCount, negativeCount, min, max } = this;
    const totals = { positiveCount, negativeCount, min, max };
    const overlap = this.weights.map((weight) => weight / Math.max(1, this.regionCount));
    const table = binTable(this.anomalous, this.normal, overlap);
    const image = imageFigures(Float64Array.from(this.scores), Uint8Array.from(this.labels));
    const both = { auroc: aurocBounds(table, totals), ap: averagePrecisionBounds(table, totals) };
    const paper = {
      ...both,
      f1max: f1StepsBounds(table, totals),
      aupro: auproPaperBounds(table, totals),
    };
    const exact = { ...both, f1max: f1MaxBounds(table, totals), aupro: auproExactBounds(table, totals) };
    return { paper: { image, pixel: paper }, exact: { image, pixel: exact } };
  }
}
