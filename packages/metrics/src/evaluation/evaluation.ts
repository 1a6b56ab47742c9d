import { auproExactFold, auproPaperFold } from '../pixels/aupro.js';
import { aurocFold } from '../scores/auroc.js';
import { averagePrecisionFold } from '../scores/averagePrecision.js';
import { prFold, proFold, rocFold, type CurveResult } from './curves.js';
import { f1MaxFold, f1StepsFold } from '../scores/f1Max.js';
import type { Metric, Protocol, Scores } from '../metric.js';
import { PixelSweep } from '../pixels/pixelSweep.js';
import type { Fold, Totals } from '../counting/ranking.js';
import { foldSamples } from '../scores/samples.js';

/** The seven figures of the paper's tables for one class. */
export interface ClassMetrics {
  readonly image: { readonly auroc: Metric; readonly ap: Metric; readonly f1max: Metric };
  readonly pixel: {
    readonly auroc: Metric;
    readonly ap: Metric;
    readonly f1max: Metric;
    readonly aupro: Metric;
  };
}

/** One image to evaluate, (height, width) row-major; sizes may differ from image to image. */
export interface EvaluatedImage {
  /** Anomaly scores, finite, higher is more anomalous. Float32Array is three times faster than Float64Array. */
  readonly map: Scores;
  /** Ground truth, nonzero = anomalous; none or all zero for a normal image. */
  readonly mask?: Uint8Array | Uint8ClampedArray | undefined;
  readonly width: number;
  readonly height: number;
  /** Image score; default the maximum of the map. */
  readonly score?: number | undefined;
  /** 0 normal, anything else anomalous; default whether the mask has a nonzero pixel. */
  readonly label?: number | undefined;
}

/** Curves of one class for a report, see `rocCurve`, `prCurve` and `proCurve`. */
export interface ClassCurves {
  readonly image: { readonly roc: CurveResult; readonly pr: CurveResult };
  /** `pro` up to a false positive rate of 0.3. */
  readonly pixel: { readonly roc: CurveResult; readonly pr: CurveResult; readonly pro: CurveResult };
}

/** The result of an evaluation of one class. */
export interface Evaluation {
  /** By protocol; the image figures and pixel AU-ROC and AP are the same in both. */
  readonly metrics: Readonly<Record<Protocol, ClassMetrics>>;
  /** (images) image scores and labels (0 or 1), for thresholds and curves. */
  readonly images: { readonly scores: Float64Array; readonly labels: Uint8Array };
  readonly curves: ClassCurves;
}

export interface EvaluationOptions {
  /** Distinct scores of anomalous pixels held at once, default 2^22: bounds the memory, see {@link ExactEvaluation}. */
  readonly maxThresholds?: number;
  /** Maximum points per curve, at least 2, default 200. */
  readonly curvePoints?: number;
}

/**
 * All metrics of one class, exact, in bounded memory for any number of images: at most about 0.5 GB with the default of 2^22
 * thresholds, for any number of pixels, plus 16 bytes per image. The images must be added twice, in the same
 * order: once to find the range and the scores of the anomalous pixels, once to count; and once more per further
 * `maxThresholds` distinct scores of anomalous pixels.
 *
 * ```ts
 * const evaluation = new ExactEvaluation();
 * do for (const image of images()) evaluation.add(image);
 * while (evaluation.endPass());
 * const { metrics } = evaluation.result();
 * ```
 *
 * Throws on sizes that do not match, scores that are not finite, and a pass that differs from the first.
 */
export class ExactEvaluation {
  private readonly sweep: PixelSweep;
  private pixel: ReturnType<typeof pixelFolds> | undefined;
  private readonly curvePoints: number;
  private readonly scores: number[] = [];
  private readonly labels: number[] = [];
  private state: 'survey' | 'count' | 'done' = 'survey';

  constructor(options: EvaluationOptions = {}) {
    const { curvePoints = 200, maxThresholds } = options;
    if (!(curvePoints >= 2)) {
      throw new Error(`evaluation: curvePoints must be at least 2, got ${curvePoints}.`);
    }
    this.curvePoints = curvePoints;
    const figures = (totals: Totals): readonly Fold<unknown>[] => {
      this.pixel = pixelFolds(totals, curvePoints);
      return Object.values(this.pixel);
    };
    this.sweep = new PixelSweep('evaluation', figures, maxThresholds);
  }

  add({ map, mask, width, height, score, label }: EvaluatedImage): void {
    if (this.state === 'done')
      throw new Error('evaluation: it has ended; start another one for more images.');
    const truth = mask && { data: mask, width, height };
    const { max, anomalous } = this.sweep.add({ data: map, width, height }, truth);
    if (this.state === 'count') return;
    this.scores.push(score ?? max);
    this.labels.push((label ?? anomalous) === 0 ? 0 : 1);
  }

  /** Ends a pass; true if all images must be added once more. */
  endPass(): boolean {
    if (this.state === 'done') throw new Error('evaluation: it has ended; call result().');
    const more = this.sweep.endPass();
    this.state = more ? 'count' : 'done';
    return more;
  }

  /** The result, after {@link endPass} has returned false. */
  result(): Evaluation {
    if (this.state !== 'done') {
      throw new Error('evaluation: add the images again until endPass() returns false, then call result().');
    }
    const scores = Float64Array.from(this.scores);
    const labels = Uint8Array.from(this.labels);
    const over = <R>(figure: (totals: Totals) => Fold<R>): R =>
      foldSamples('evaluation (image level)', scores, labels, figure);
    const image = imageFigures(scores, labels);
    const { auroc, ap, f1max, f1Steps, auproExact, auproPaper, roc, pr, pro } = this.pixel!;
    const both = { auroc: auroc.result(), ap: ap.result() };
    return {
      metrics: {
        paper: { image, pixel: { ...both, f1max: f1Steps.result(), aupro: auproPaper.result() } },
        exact: { image, pixel: { ...both, f1max: f1max.result(), aupro: auproExact.result() } },
      },
      images: { scores, labels },
      curves: {
        image: {
          roc: over((totals) => rocFold(totals, this.curvePoints)),
          pr: over((totals) => prFold(totals, this.curvePoints)),
        },
        pixel: { roc: roc.result(), pr: pr.result(), pro: pro.result() },
      },
    };
  }
}

/** The image figures, which both protocols share. */
export function imageFigures(scores: Float64Array, labels: Uint8Array): ClassMetrics['image'] {
  const over = (figure: (totals: Totals) => Fold<Metric>): Metric =>
    foldSamples('evaluation (image level)', scores, labels, figure);
  return { auroc: over(aurocFold), ap: over(averagePrecisionFold), f1max: over(f1MaxFold) };
}

function pixelFolds(totals: Totals, curvePoints: number) {
  return {
    auroc: aurocFold(totals),
    ap: averagePrecisionFold(totals),
    f1max: f1MaxFold(totals),
    f1Steps: f1StepsFold(totals),
    auproExact: auproExactFold(totals),
    auproPaper: auproPaperFold(totals),
    roc: rocFold(totals, curvePoints),
    pr: prFold(totals, curvePoints),
    pro: proFold(totals, curvePoints, 0.3),
  };
}

/**
 * {@link ExactEvaluation} of a source that can be read again: `source` is called once per pass and yields the images in
 * the same order each time, from memory, from files or recomputed.
 */
export async function evaluateMaps(
  source: () => Iterable<EvaluatedImage> | AsyncIterable<EvaluatedImage>,
  options: EvaluationOptions = {},
): Promise<Evaluation> {
  const evaluation = new ExactEvaluation(options);
  do for await (const image of source()) evaluation.add(image);
  while (evaluation.endPass());
  return evaluation.result();
}
