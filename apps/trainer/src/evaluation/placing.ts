// Judgements of pictures whose part was looked for, in an evaluation.
import { placedJudgement, STILL, type Areas, type Located } from '@pyramid-mamba/inspect';
import { NumericError, type DetectorConfig } from '@pyramid-mamba/model';

/**
 * `placedJudgement`; where a part has moved so far that its areas lie outside of the picture, as if it had not moved, and as not found: one such picture
 * must not end an evaluation, and is never OK.
 */
export function placedOrStill(
  config: DetectorConfig,
  judged: Parameters<typeof placedJudgement>[1],
  placing: Omit<Located, 'image'> | undefined,
  filed: Areas | undefined,
) {
  try {
    return { ...placedJudgement(config, judged, placing, { filed }), placing };
  } catch (error) {
    if (!placing || !(error instanceof NumericError)) throw error;
    const still = { ...placing, pose: STILL, found: false };
    return { ...placedJudgement(config, judged, still, { filed }), placing: still };
  }
}

/** Pixels are many, and are not needed again. */
export function withoutPixels(located: Located | undefined): Omit<Located, 'image'> | undefined {
  if (!located) return undefined;
  const { image: _, ...rest } = located;
  return rest;
}
