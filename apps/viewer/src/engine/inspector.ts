import { ownValue } from '@pyramid-mamba/metrics';
import { isBlank, normalizeImageNet, resizeRgb, type RgbImage } from '@pyramid-mamba/data';
import {
  imageTensor,
  judge,
  loadModel,
  nearestClass,
  NumericError,
  type Judged,
  type ModelInfo,
  type PyramidMamba,
} from '@pyramid-mamba/model';
import { modelBytes, openableModel } from '../run/modelFile.js';
import { areaMask, maskedMap, NO_AREAS } from './areas.js';
import { conclude } from './conclude.js';
import type { ClassSource, JudgeOptions, Judgement, ModelCard } from './engine.js';

/** The product a picture is judged by, and the doubt about it, if any. */
export interface ChosenClass {
  readonly className: string;
  readonly classSource: ClassSource;
  readonly doubts: readonly string[];
}

/** Chooses the product of a picture. A picture that looks like another product than the given one raises a doubt. */
export function chooseClass(
  info: Pick<ModelInfo, 'classes' | 'prototypes'>,
  wanted: string | undefined,
  feature: Float32Array,
): ChosenClass {
  const nearest = info.classes.length > 1 ? nearestClass(info.prototypes ?? {}, feature) : undefined;
  if (wanted !== undefined) {
    if (!info.classes.includes(wanted)) {
      throw new Error(
        `the model was not trained on the product "${wanted}"; it was trained on ${info.classes.join(', ')}`,
      );
    }
    const doubts =
      nearest !== undefined && nearest !== wanted
        ? [`the picture looks like ${nearest}, but it is judged as ${wanted}: check the chosen product`]
        : [];
    return { className: wanted, classSource: 'given', doubts };
  }
  if (info.classes.length === 1) return { className: info.classes[0]!, classSource: 'only', doubts: [] };
  if (nearest !== undefined) return { className: nearest, classSource: 'nearest', doubts: [] };
  throw new Error(
    `the model has ${info.classes.length} products but cannot recognise them; choose the product of the picture`,
  );
}

/** The judgement of one picture, (1, size, size, 3). Where the numbers are no plausible results of a network, the error has a next step. */
async function soundJudgement(model: PyramidMamba, images: Parameters<typeof judge>[1]): Promise<Judged> {
  try {
    const [found] = await judge(model, images);
    return found!;
  } catch (error) {
    if (!(error instanceof NumericError)) throw error;
    const why = 'the model file is damaged or the graphics card failed';
    throw new Error(`${error.message}; ${why}: open another model, or reload the page`, { cause: error });
  }
}

/** A loaded model. */
export class Inspector {
  private constructor(
    readonly model: PyramidMamba,
    readonly info: ModelInfo,
    private readonly opening: number,
  ) {}

  /** Reads a model file; throws one sentence for any error in it. Its tensors live until `dispose`. */
  static async open(file: Blob, where: string, opening = 1): Promise<Inspector> {
    const bytes = await modelBytes(file, where);
    // before any allocation that its numbers request
    openableModel(bytes, where);
    const { model, info } = loadModel(bytes, where);
    return new Inspector(model, info, opening);
  }

  get card(): ModelCard {
    const { inputSize, map, encoder } = this.model.config;
    return { info: this.info, inputSize, sigma: map.sigma, encoder, opening: this.opening };
  }

  /** Judges one picture of any size; `started` is the start time of its processing, by performance.now(). */
  async judge(picture: RgbImage, options: JudgeOptions, started: number): Promise<Judgement> {
    const { width, height } = picture;
    const { inputSize: size } = this.model.config;
    const pixels = resizeRgb(picture, size, size);
    const images = imageTensor([normalizeImageNet(pixels)], size);
    const found = await soundJudgement(this.model, images).finally(() => images.dispose());
    const chosen = chooseClass(this.info, options.className, found.feature);
    const blank = 'the picture is blank or dark everywhere: check the camera, the light and the file';
    const mask = areaMask(options.areas ?? NO_AREAS, size);
    const measured = {
      ...chosen,
      ...(mask ? maskedMap(found.map, mask) : { map: found.map, score: found.score }),
      doubts: isBlank(pixels) ? [...chosen.doubts, blank] : chosen.doubts,
      size,
      width,
      height,
    };
    return {
      ...measured,
      ...conclude(
        measured,
        ownValue(this.info.calibration, chosen.className) ?? null,
        ownValue(options.thresholds, chosen.className),
      ),
      levels: found.levels,
      milliseconds: performance.now() - started,
      opening: this.opening,
    };
  }

  dispose(): void {
    this.model.dispose();
  }
}
