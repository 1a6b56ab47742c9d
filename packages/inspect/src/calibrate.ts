import { ahead, taken, type RgbImage } from '@pyramid-mamba/data';
import { thinned } from '@pyramid-mamba/metrics';
import { methodOf, type Exclusive, type Judged } from '@pyramid-mamba/model';
import { heldBackThresholds, type HeldBackThresholds } from './heldBack.js';
import { measure } from './measure.js';
import type { Model, NextSteps } from './types.js';

/** A picture that the model was not trained on. */
export interface UnseenPicture {
  readonly className: string;
  /** 0: good, 1: defective. */
  readonly label: 0 | 1;
  /** Its pixels at the model's input size. */
  readonly load: () => Promise<RgbImage>;
}

export interface CalibrateOptions {
  readonly next: Pick<NextSteps, 'invalid'>;
  /** Pictures judged together, and loaded while others are judged. */
  readonly batch: number;
  /** The share of good pictures that may be judged NG, see `calibrate` of the metrics. */
  readonly maxFalseRejects?: number | undefined;
  /** Called after each batch. */
  readonly onPicture: (done: number) => void;
  /** Called with each picture's result, in order. */
  readonly onJudged?: (index: number, judged: Judged) => void;
  /** Taken per batch. */
  readonly exclusive?: Exclusive;
}

/**
 * Thresholds of each class from pictures that the model was not trained on.
 * @throws NumericError where the network computes invalid numbers: thresholds of a training that came to nothing would judge everything OK
 */
export async function calibrate(
  model: Model,
  pictures: readonly UnseenPicture[],
  { next, batch, maxFalseRejects, onPicture, onJudged, exclusive = (work) => work() }: CalibrateOptions,
): Promise<HeldBackThresholds> {
  const found: Parameters<typeof heldBackThresholds>[0][number][] = [];
  const loaded = ahead(pictures, batch, ({ load }) => load());
  for (let start = 0; start < pictures.length; start += batch) {
    const part = pictures.slice(start, start + batch);
    const images = await taken(loaded, part.length);
    const judged = await exclusive(() => measure(model, images, next));
    for (const [i, { className, label }] of part.entries()) {
      found.push({
        className,
        label,
        score: judged[i]!.score,
        thinned: thinned(judged[i]!.map, judged[i]!.width),
      });
      onJudged?.(start + i, judged[i]!);
    }
    onPicture(start + part.length);
  }
  return heldBackThresholds(found, methodOf(model.config).largestScore(model.config), maxFalseRejects);
}
