import { ownValue } from '@pyramid-mamba/metrics';
import type { ModelInfo } from '@pyramid-mamba/model';
import type { GoodRecord } from '../selfTest/index.js';
import type { ScoredPicture } from '../thresholdsFrom.js';

/** What a model file keeps of the pictures that tested it: their scores, without the pictures. */
export interface StoredScores {
  /** Its good pictures as records of a self-test; their maps are not kept. */
  readonly good: readonly GoodRecord[];
  /** The drawn defects and real defective pictures. */
  readonly defective: readonly ScoredPicture[];
}

/** The kept scores of a class; undefined in files of older versions, and of models that were not tested. */
export function storedScores(
  { selfTest }: Pick<ModelInfo, 'selfTest'>,
  className: string,
): StoredScores | undefined {
  const scores = ownValue(selfTest, className)?.scores;
  if (!scores) return undefined;
  const { good, drawn, real = [], side } = scores;
  return {
    good: good.map((score, i) => ({
      kind: 'good',
      className,
      picture: `kept/${i}`,
      score,
      side,
      thinned: new Float32Array(),
    })),
    defective: [
      ...drawn.map(({ kind, score }) => ({ className, kind, score })),
      ...real.map((score) => ({ className, kind: 'defective', score })),
    ],
  };
}
