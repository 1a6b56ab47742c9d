import { ahead, isBlank, listsOf } from '@pyramid-mamba/data';
import { ownValue } from '@pyramid-mamba/metrics';
import { methodOf, type Exclusive, type Judged } from '@pyramid-mamba/model';
import { judgedWithin, thinnedPart, type ProductsAreas } from './areas/index.js';
import { heldBackThresholds, type HeldBackThresholds } from './heldBack.js';
import { isLost, judgedOf, type AlignedImage, type Alignment } from './locating/index.js';
import { soundOnly } from './measure.js';
import { inOrder, measurerOf, type Measurer } from './pool/index.js';
import { withoutBlank } from './selfTest/index.js';
import type { Model, NextSteps } from './types.js';

/** A picture that the model was not trained on. */
export interface UnseenPicture {
  readonly className: string;
  /** 0: good, 1: defective. */
  readonly label: 0 | 1;
  /** Its pixels at the model's input size. One whose part was not found (`isLost`) sets no thresholds. */
  readonly load: () => Promise<AlignedImage>;
}

export interface CalibrateOptions {
  readonly next: Pick<NextSteps, 'invalid'>;
  /** Pictures judged together, and loaded while others are judged. */
  readonly batch: number;
  /** The share of good pictures that may be judged NG, see `calibrate` of the metrics. */
  readonly maxFalseRejects?: number | undefined;
  /** The judged part of each class's pictures; by default all of them. */
  readonly areas?: ProductsAreas | undefined;
  /** Called after each batch. */
  readonly onPicture: (done: number) => void;
  /** Called with each picture's result, in order. */
  readonly onJudged?: (index: number, judged: Judged) => void;
  /** Called with each picture whose part was not found. */
  readonly onLost?: (index: number) => void;
  /** Taken per batch where the model itself measures. */
  readonly exclusive?: Exclusive;
  /** What measures; by default the model itself. */
  readonly measurer?: Measurer | undefined;
}

/**
 * Thresholds of each class from pictures that the model was not trained on, and whose part was found where the model locates.
 * @returns also the indices of blank good pictures, which set none (`withoutBlank`)
 * @throws NumericError where the network computes invalid numbers: thresholds of a training that came to nothing would judge everything OK
 */
export async function calibrate(
  model: Model,
  pictures: readonly UnseenPicture[],
  options: CalibrateOptions,
): Promise<HeldBackThresholds & { readonly blank: readonly number[] }> {
  const {
    next,
    batch,
    maxFalseRejects,
    areas,
    onPicture,
    onJudged,
    onLost,
    measurer = measurerOf(model, next),
  } = options;
  // a pool takes it itself where its own thread measures: taken twice, it waits for ever
  const exclusive: Exclusive = (!options.measurer && options.exclusive) || ((work) => work());
  const found: (Parameters<typeof heldBackThresholds>[0][number] & {
    blank: boolean;
    index: number;
  })[] = [];
  const loaded = ahead(pictures, batch, ({ load }) => load());
  const measured = inOrder(listsOf(loaded, batch), measurer.width, async (images) => ({
    about: images.map((image): Alignment & { blank: boolean } => ({
      width: image.width,
      height: image.height,
      located: image.located,
      blank: isBlank(image),
    })),
    results: await exclusive(() => measurer.measure(images)),
  }));
  let start = 0;
  for await (const { about, results } of measured) {
    const judged = soundOnly(results);
    const part = pictures.slice(start, start + judged.length);
    for (const [i, { className, label }] of part.entries()) {
      const [alignment, filed] = [about[i]!, ownValue(areas, className)];
      if (isLost(alignment, filed)) {
        onLost?.(start + i);
        continue;
      }
      const own = judgedWithin(model.config, judged[i]!, judgedOf(alignment, filed));
      found.push({
        className,
        label,
        score: own.judged.score,
        thinned: thinnedPart(own),
        blank: label === 0 && alignment.blank,
        index: start + i,
      });
      onJudged?.(start + i, own.judged);
    }
    start += part.length;
    onPicture(start);
  }
  const setting = withoutBlank(found, ({ label }) => label === 0);
  const used = new Set(setting);
  const largestScore = methodOf(model.config).largestScore(model.config);
  return {
    ...heldBackThresholds(setting, largestScore, maxFalseRejects),
    blank: found.filter((one) => one.label === 0 && !used.has(one)).map(({ index }) => index),
  };
}
