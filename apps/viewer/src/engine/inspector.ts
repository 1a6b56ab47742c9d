import type { RgbImage } from '@pyramid-mamba/data';
import { Inspector as ModelInspector } from '@pyramid-mamba/inspect';
import { describeEncoder, inputOf } from '@pyramid-mamba/model';
import { modelBytes } from '../run/modelFile.js';
import { openableModel } from '../run/openable.js';
import type { JudgeOptions, Judgement, ModelCard } from './engine.js';
import { NEXT } from './nextSteps.js';

/** A loaded model, in the page's terms: options and results that travel between worker and page. */
export class Inspector {
  private constructor(
    private readonly inspector: ModelInspector,
    private readonly opening: number,
  ) {}

  /** Reads a model file; throws one sentence for any error in it. Its tensors live until `dispose`. */
  static async open(file: Blob, where: string, opening = 1): Promise<Inspector> {
    const bytes = await modelBytes(file, where);
    // before any allocation that its numbers request
    openableModel(bytes, where);
    return new Inspector(ModelInspector.open(bytes, where, NEXT), opening);
  }

  get card(): ModelCard {
    const { info, model } = this.inspector;
    const { map, encoder } = model.config;
    return {
      info,
      input: inputOf(model.config),
      sigma: map.sigma,
      encoder: describeEncoder(encoder),
      opening: this.opening,
    };
  }

  /** Judges one picture of any size; `started` is the start time of its processing, by performance.now(). */
  async judge(image: RgbImage, options: JudgeOptions, started: number): Promise<Judgement> {
    const { className: given, areas, areasOf, thresholds } = options;
    const product = given === undefined ? undefined : { given };
    const found = await this.inspector.judgeOne({ image, product, areas, areasOf, thresholds });
    const { className, classSource, doubts } = found;
    if (className === null || classSource === null) throw new Error(doubts.at(-1));
    const milliseconds = performance.now() - started;
    return { ...found, className, classSource, milliseconds, opening: this.opening };
  }

  dispose(): void {
    this.inspector.dispose();
  }
}
