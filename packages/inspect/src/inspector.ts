import { fitRgb, isBlank, type RgbImage } from '@pyramid-mamba/data';
import { ownValue } from '@pyramid-mamba/metrics';
import {
  inputOf,
  loadModel,
  methodOf,
  NumericError,
  type Judged,
  type ModelInfo,
} from '@pyramid-mamba/model';
import { BLANK, conclude } from './conclude.js';
import { distrustOf } from './distrust.js';
import { locate, LOST, NOT_COVERED, placedJudgement, type Located } from './locating/index.js';
import { measureEach } from './measure.js';
import { PictureError } from './pictureError.js';
import { chooseClass } from './product.js';
import type { FoundPart, InspectedPicture, Judgement, Model, NextSteps } from './types.js';

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
   * Judges pictures in one batch, each as if it were alone: a picture for which the network computes invalid numbers gets a NumericError, one of
   * a product that the model was not trained on, or whose areas leave nothing to judge, a PictureError, each one sentence. A model that locates finds the part
   * in each picture first and judges the aligned picture; what is returned is in the coordinates of the picture as given.
   */
  async judge(pictures: readonly InspectedPicture[]): Promise<(Judgement | NumericError | PictureError)[]> {
    const input = inputOf(this.model.config);
    const resized = pictures.map(({ image }) => fitRgb(image, input));
    const located = pictures.map((one, i) => this.#located(one, resized[i]!));
    const aligned = resized.map((one, i) => located[i]?.image ?? one);
    const found = await measureEach(this.model, aligned, this.next);
    return found.map((one, i) => {
      if (one instanceof NumericError) return one;
      try {
        return this.#judgement(pictures[i]!, one, isBlank(resized[i]!), located[i]);
      } catch (error) {
        if (error instanceof NumericError || error instanceof PictureError) return error;
        throw error;
      }
    });
  }

  /** Judges one picture. Throws the error that `judge` gives in place of a judgement. */
  async judgeOne(picture: InspectedPicture): Promise<Judgement> {
    const [found] = await this.judge([picture]);
    if (found instanceof Error) throw found;
    return found!;
  }

  dispose(): void {
    this.model.dispose();
  }

  /** undefined where the model judges pictures as they are. */
  #located({ product }: InspectedPicture, fitted: RgbImage): Located | undefined {
    const { locating, classes } = this.info;
    if (!locating) return undefined;
    const given = product && ('given' in product ? product.given : product.folder);
    return locate(fitted, locating, given ?? (classes.length === 1 ? classes[0] : undefined));
  }

  #judgement(
    { image, product, areas, areasOf, thresholds }: InspectedPicture,
    found: Judged,
    blank: boolean,
    located: Located | undefined,
  ): Judgement {
    const { config } = this.model;
    const { feature, width, height } = found;
    const method = methodOf(config);
    const chosen = chooseClass(this.info, product, feature, this.next);
    const { className } = chosen;
    const filed = className === null ? undefined : ownValue(this.info.areas, className);
    const ofProduct = className === null ? undefined : ownValue(areasOf, className);
    const placed = placedJudgement(config, found, located, { filed, given: areas ?? ofProduct });
    const { map, score, levels } = placed.judged;
    const isFound = !located || (located.found && placed.whole && located.className === className);
    const own = className === null ? undefined : ownValue(this.info.calibration, className);
    const moved = className === null ? undefined : ownValue(thresholds, className);
    const distrust = distrustOf(this.info, className, moved);
    const measured = {
      ...chosen,
      map,
      score,
      doubts: [
        ...(blank ? [BLANK] : []),
        ...(isFound ? [] : [LOST]),
        ...(placed.covered ? [] : [NOT_COVERED]),
        ...chosen.doubts,
        ...(distrust === undefined ? [] : [distrust]),
      ],
      size: { width, height },
      width: image.width,
      height: image.height,
      largestScore: method.largestScore(config),
      // a map that was turned back is interpolated
      scoreIsMaximum: !located && (method.scoreIsMaximum?.(config) ?? true),
    };
    return {
      ...measured,
      ...conclude(measured, own ?? null, moved),
      levels,
      ...(located && { located: partOf(located, image, isFound) }),
    };
  }
}

const partOf = (
  { pose: { dx, dy, turn }, agreement }: Located,
  { width, height }: RgbImage,
  found: boolean,
): FoundPart => ({ x: dx * width, y: dy * height, turn, agreement, found });
