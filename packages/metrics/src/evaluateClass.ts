import { auproExactOf, auproPaperOf } from './aupro.js';
import { aurocOf } from './auroc.js';
import { averagePrecisionOf } from './averagePrecision.js';
import { f1MaxOf, f1MaxStepsOf } from './f1Max.js';
import type { Metric, Protocol, Scores } from './metric.js';
import { rankPixels } from './pixels.js';
import { rankScores } from './ranking.js';

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

/** The test images of one class, all `width` x `height` pixels. */
export interface ClassScores {
  /** (images) anomaly maps, (height, width) row-major, finite. */
  readonly maps: readonly Scores[];
  /** (images) ground truth, (height, width), nonzero = anomalous; all zero for a normal image. */
  readonly masks: readonly (Uint8Array | Uint8ClampedArray)[];
  readonly width: number;
  readonly height: number;
  /** (images) score of each image; the maximum of its map unless given. */
  readonly imageScores?: ArrayLike<number>;
  /** (images) 0 normal, anything else anomalous; whether the mask has any pixel unless given. */
  readonly imageLabels?: ArrayLike<number>;
}

/**
 * All metrics of one class, image and pixel level. The protocols differ in two figures: pixel F1-max and AU-PRO are by
 * the authors' rules in `paper`, over all thresholds in `exact`. Figures that the data leave undefined are null with
 * a reason. Throws when lengths or sizes do not match or a score is not finite.
 */
export function evaluateClass(input: ClassScores, options: { readonly protocol: Protocol }): ClassMetrics {
  const { width, height } = input;
  const pixels = rankPixels(
    'evaluateClass',
    input.maps.map((data) => ({ data, width, height })),
    input.masks.map((data) => ({ data, width, height })),
  );
  const images = rankScores(
    'evaluateClass (image level)',
    checked('imageScores', input.imageScores, input.maps.length) ?? Float64Array.from(input.maps, maximum),
    checked('imageLabels', input.imageLabels, input.maps.length) ??
      input.masks.map((mask) => (mask.some((value) => value !== 0) ? 1 : 0)),
  );
  const paper = options.protocol === 'paper';
  return {
    image: { auroc: aurocOf(images), ap: averagePrecisionOf(images), f1max: f1MaxOf(images) },
    pixel: {
      auroc: aurocOf(pixels),
      ap: averagePrecisionOf(pixels),
      f1max: paper ? f1MaxStepsOf(pixels) : f1MaxOf(pixels),
      aupro: paper ? auproPaperOf(pixels) : auproExactOf(pixels),
    },
  };
}

function checked(
  name: string,
  given: ArrayLike<number> | undefined,
  images: number,
): ArrayLike<number> | undefined {
  if (given !== undefined && given.length !== images) {
    throw new Error(
      `evaluateClass: ${name} must have one entry for each of the ${images} maps, got ${given.length}.`,
    );
  }
  return given;
}

function maximum(map: Scores): number {
  let max = -Infinity;
  for (let k = 0; k < map.length; k++) if (map[k]! > max) max = map[k]!;
  return max;
}
