import { decide, distrustOf, fitDoubts, fitOf } from '@pyramid-mamba/inspect';
import { ownValue } from '@pyramid-mamba/metrics';
import { methodOf, type DetectorConfig, type Judged, type ModelInfo } from '@pyramid-mamba/model';
import type { JudgedPicture } from './types.js';

/** Number of judged good pictures returned to the page for display, highest scores first. */
const SHOWN = 24;

/** A good picture that the model has not seen, before its verdict, with its class feature. */
type Unjudged = Omit<JudgedPicture, 'verdict'> & { readonly feature: Float32Array };

/** The good pictures with the highest scores, while all are judged: memory does not grow with their number. */
export class ShownPictures {
  #highest: Unjudged[] = [];

  add(
    { id, className, rgb }: Pick<JudgedPicture, 'id' | 'className' | 'rgb'>,
    { score, feature, map }: Judged,
  ): void {
    const least = this.#highest.at(-1)?.score ?? -Infinity;
    if (this.#highest.length >= SHOWN && score <= least) return;
    this.#highest.push({ id, className, score, feature, rgb, map: Float32Array.from(map) });
    this.#highest.sort((a, b) => b.score - a.score);
    this.#highest.length = Math.min(SHOWN, this.#highest.length);
  }

  /** With the verdicts of the finished model. */
  judged(info: ModelInfo, config: DetectorConfig): JudgedPicture[] {
    const largestScore = methodOf(config).largestScore(config);
    return this.#highest.map(({ feature, ...picture }) => {
      const distrust = distrustOf(info, picture.className);
      const doubts = [...fitDoubts(fitOf(info, feature)), ...(distrust === undefined ? [] : [distrust])];
      const own = ownValue(info.calibration, picture.className);
      const { verdict } = decide(picture.score, picture.className, own, doubts, largestScore);
      return { ...picture, verdict };
    });
  }
}
