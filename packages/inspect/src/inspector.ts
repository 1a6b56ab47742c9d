import { fitRgb, isBlank } from '@pyramid-mamba/data';
import { ownValue } from '@pyramid-mamba/metrics';
import {
  inputOf,
  loadModel,
  methodOf,
  NumericError,
  type Judged,
  type ModelInfo,
} from '@pyramid-mamba/model';
import { judgedPart } from './areas/index.js';
import { BLANK, conclude } from './conclude.js';
import { distrustOf } from './distrust.js';
import { measureEach } from './measure.js';
import { chooseClass } from './product.js';
import type { InspectedPicture, Judgement, Model, NextSteps } from './types.js';

/** A loaded model that judges pictures. Its tensors live until `dispose`. */
export class Inspector {
  constructor(
    readonly model: Model,
    readonly info: ModelInfo,
    private readonly next: NextSteps,
  ) {}

  /**
   * Reads a model file.
   * @throws FormatError, one sentence, for any error in the file
   */
  static open(bytes: Uint8Array, where: string, next: NextSteps): Inspector {
    const { model, info } = loadModel(bytes, where);
    return new Inspector(model, info, next);
  }

  /**
   * Judges pictures in one batch, each as if it were alone: a picture for which the network computes invalid numbers gets a NumericError. Throws
   * a sentence for a product that the model was not trained on and for areas that leave nothing to judge.
   */
  async judge(pictures: readonly InspectedPicture[]): Promise<(Judgement | NumericError)[]> {
    const input = inputOf(this.model.config);
    const resized = pictures.map(({ image }) => fitRgb(image, input));
    const found = await measureEach(this.model, resized, this.next);
    return found.map((one, i) =>
      one instanceof NumericError ? one : this.#judgement(pictures[i]!, one, isBlank(resized[i]!)),
    );
  }

  /** Judges one picture. Throws a NumericError if the network computes invalid numbers. */
  async judgeOne(picture: InspectedPicture): Promise<Judgement> {
    const [found] = await this.judge([picture]);
    if (found instanceof NumericError) throw found;
    return found!;
  }

  dispose(): void {
    this.model.dispose();
  }

  #judgement(
    { image, product, areas, areasOf, thresholds }: InspectedPicture,
    found: Judged,
    blank: boolean,
  ): Judgement {
    const { config } = this.model;
    const { feature, levels, width, height } = found;
    const method = methodOf(config);
    const chosen = chooseClass(this.info, product, feature, this.next);
    const { className } = chosen;
    const filed = className === null ? undefined : ownValue(this.info.areas, className);
    const ofProduct = className === null ? undefined : ownValue(areasOf, className);
    const { map, score } = judgedPart(config, found, [filed, areas ?? ofProduct]).judged;
    const own = className === null ? undefined : ownValue(this.info.calibration, className);
    const moved = className === null ? undefined : ownValue(thresholds, className);
    const distrust = distrustOf(this.info, className, moved);
    const measured = {
      ...chosen,
      map,
      score,
      doubts: [...(blank ? [BLANK] : []), ...chosen.doubts, ...(distrust === undefined ? [] : [distrust])],
      size: { width, height },
      width: image.width,
      height: image.height,
      largestScore: method.largestScore(config),
      scoreIsMaximum: method.scoreIsMaximum?.(config) ?? true,
    };
    return { ...measured, ...conclude(measured, own ?? null, moved), levels };
  }
}
