import { ExactEvaluation, type ClassMetrics } from './evaluation.js';
import type { Protocol, Scores } from '../metric.js';
import { checkPairs } from '../pixels/scoreMap.js';

/** The test images of one class, all `width` x `height` pixels. */
export interface ClassScores {
  /** (images) anomaly maps, (height, width) row-major, finite. */
  readonly maps: readonly Scores[];
  /** (images) ground truth, (height, width), nonzero = anomalous; all zero for a normal image. */
  readonly masks: readonly (Uint8Array | Uint8ClampedArray)[];
  readonly width: number;
  readonly height: number;
  /** (images) score of each image; default the maximum of its map. */
  readonly imageScores?: ArrayLike<number>;
  /** (images) 0 normal, anything else anomalous; default whether the mask has a nonzero pixel. */
  readonly imageLabels?: ArrayLike<number>;
}

/**
 * All metrics of one class whose maps are in memory, image and pixel level. The protocols differ in two figures: pixel
 * F1-max and AU-PRO are by the authors' rules in `paper`, over all thresholds in `exact`. Undefined figures are
 * null with a reason. Throws when lengths or sizes do not match or a score is not finite.
 */
export function evaluateClass(input: ClassScores, options: { readonly protocol: Protocol }): ClassMetrics {
  const { maps, masks, width, height } = input;
  const scores = checked('imageScores', input.imageScores, maps.length);
  const labels = checked('imageLabels', input.imageLabels, maps.length);
  checkPairs('evaluateClass', maps, masks);
  const evaluation = new ExactEvaluation();
  do {
    maps.forEach((map, i) =>
      evaluation.add({ map, mask: masks[i], width, height, score: scores?.[i], label: labels?.[i] }),
    );
  } while (evaluation.endPass());
  return evaluation.result().metrics[options.protocol];
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
