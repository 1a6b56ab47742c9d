import { decide, distrustOf, productDoubts } from '@pyramid-mamba/inspect';
import { ownValue } from '@pyramid-mamba/metrics';
import { methodOf, type DetectorConfig, type Judged, type ModelInfo } from '@pyramid-mamba/model';
import type { JudgedPicture, ScoredPicture } from './types.js';

/** Number of judged good pictures returned to the page for display, highest scores first. */
const SHOWN = 24;

/** A good picture that the model has not seen, before its verdict, with its class feature. */
type Unjudged = Omit<JudgedPicture, 'verdict'> & { readonly feature: Float32Array };

/** The good pictures with the highest scores, while all are judged: memory does not grow with their number. */
export class ShownPictures {
  #highest: Unjudged[] = [];
  readonly #all: Omit<Unjudged, 'rgb' | 'map'>[] = [];

  add(
    { id, className, rgb }: Pick<JudgedPicture, 'id' | 'className'> & Partial<Pick<JudgedPicture, 'rgb'>>,
    { score, feature, map }: Judged,
  ): void {
    this.#all.push({ id, className, score, feature });
    if (!rgb) return;
    const least = this.#highest.at(-1)?.score ?? -Infinity;
    if (this.#highest.length >= SHOWN && score <= least) return;
    this.#highest.push({ id, className, score, feature, rgb, map: Float32Array.from(map) });
    this.#highest.sort((a, b) => b.score - a.score);
    this.#highest.length = Math.min(SHOWN, this.#highest.length);
  }

  /** With the verdicts of the finished model. */
  judged(info: ModelInfo, config: DetectorConfig): JudgedPicture[] {
    return this.#highest.map(({ feature, ...picture }) => ({
      ...picture,
      verdict: decided({ ...picture, feature }, info, config).verdict,
    }));
  }

  /** All of them, without their pixels. */
  scored(info: ModelInfo, config: DetectorConfig): ScoredPicture[] {
    return this.#all.map(({ feature, ...picture }) => ({
      ...picture,
      ...decided({ ...picture, feature }, info, config),
    }));
  }
}

function decided(
  { score, className, feature }: Pick<Unjudged, 'score' | 'className' | 'feature'>,
  info: ModelInfo,
  config: DetectorConfig,
): Pick<ScoredPicture, 'verdict' | 'doubts'> {
  const largestScore = methodOf(config).largestScore(config);
  const distrust = distrustOf(info, className);
  const doubts = [
    ...productDoubts(info, className, 'folder', feature),
    ...(distrust === undefined ? [] : [distrust]),
  ];
  const own = ownValue(info.calibration, className);
  const found = decide(score, className, own, doubts, largestScore);
  return { verdict: found.verdict, doubts: found.doubts };
}
