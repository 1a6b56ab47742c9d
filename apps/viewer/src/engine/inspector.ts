import { normalizeImageNet, resizeRgb, type RgbImage } from '@pyramid-mamba/data';
import { findRegions, verdict } from '@pyramid-mamba/metrics';
import {
  imageTensor,
  judge,
  loadModel,
  nearestClass,
  type ModelInfo,
  type PyramidMamba,
} from '@pyramid-mamba/model';
import { modelBytes, openableModel } from '../run/modelFile.js';
import { areaMask, maskedMap, NO_AREAS } from './areas.js';
import type { ClassSource, JudgeOptions, Judgement, ModelCard } from './engine.js';

/** Of several products the one a picture is judged by. */
function chooseClass(
  info: ModelInfo,
  wanted: string | undefined,
  feature: Float32Array,
): { className: string; classSource: ClassSource } {
  if (wanted !== undefined) {
    if (info.classes.includes(wanted)) return { className: wanted, classSource: 'given' };
    throw new Error(`the model does not know the product "${wanted}"; it knows ${info.classes.join(', ')}`);
  }
  if (info.classes.length === 1) return { className: info.classes[0]!, classSource: 'only' };
  const nearest = nearestClass(info.prototypes ?? {}, feature);
  if (nearest !== undefined) return { className: nearest, classSource: 'nearest' };
  throw new Error(
    `the model knows ${info.classes.length} products but not how to tell them apart; choose which one the picture shows`,
  );
}

/** A model at work. */
export class Inspector {
  private constructor(
    readonly model: PyramidMamba,
    readonly info: ModelInfo,
  ) {}

  /** Reads a model file; throws a sentence for whatever is wrong with it. Its tensors live until `dispose`. */
  static async open(file: Blob, where: string): Promise<Inspector> {
    const bytes = await modelBytes(file, where);
    // before anything is made that its numbers ask for
    openableModel(bytes, where);
    const { model, info } = loadModel(bytes, where);
    return new Inspector(model, info);
  }

  get card(): ModelCard {
    const { inputSize, map, encoder } = this.model.config;
    return { info: this.info, inputSize, sigma: map.sigma, encoder };
  }

  /** Judges one picture of any size; `started` is when the work on it began, by performance.now(). */
  async judge(picture: RgbImage, options: JudgeOptions, started: number): Promise<Judgement> {
    const { width, height } = picture;
    const { inputSize: size } = this.model.config;
    const images = imageTensor([normalizeImageNet(resizeRgb(picture, size, size))], size);
    const [found] = await judge(this.model, images).finally(() => images.dispose());
    const chosen = chooseClass(this.info, options.className, found!.feature);
    const calibrations = this.info.calibration ?? {};
    const own = Object.hasOwn(calibrations, chosen.className) ? calibrations[chosen.className]! : null;
    const over = options.thresholds;
    const calibration =
      own && over && Object.hasOwn(over, chosen.className) ? { ...own, ...over[chosen.className]! } : own;
    const mask = areaMask(options.areas ?? NO_AREAS, size);
    const { map, score } = mask ? maskedMap(found!.map, mask) : found!;
    return {
      ...chosen,
      score,
      verdict: calibration && verdict(score, calibration),
      calibration,
      size,
      map,
      levels: found!.levels,
      regions: calibration ? findRegions(map, size, calibration.review, width, height) : [],
      width,
      height,
      milliseconds: performance.now() - started,
    };
  }

  dispose(): void {
    this.model.dispose();
  }
}
