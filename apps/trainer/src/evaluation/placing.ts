// Judgements of pictures whose part was looked for, in an evaluation.
import {
  mapOfLevels,
  PictureError,
  placedJudgement,
  STILL,
  type Areas,
  type Located,
} from '@pyramid-mamba/inspect';
import { NumericError, type DetectorConfig } from '@pyramid-mamba/model';

/**
 * `placedJudgement`; where a part has moved so far that its areas lie outside of the picture, as if it had not moved, and as not found; where the areas
 * leave nothing of a picture's proportions, an empty map: one such picture must not end an evaluation, and is never OK (`lost`).
 */
export function placedOrStill(
  config: DetectorConfig,
  judged: Parameters<typeof placedJudgement>[1],
  placing: Omit<Located, 'image'> | undefined,
  filed: Areas | undefined,
): {
  judged: Parameters<typeof placedJudgement>[1];
  placing: Omit<Located, 'image'> | undefined;
  lost: boolean;
} {
  try {
    const placed = placedJudgement(config, judged, placing, { filed });
    const isFound = !placing || (placing.found && placing.className !== null);
    return { judged: placed.judged, placing, lost: !isFound || !placed.whole };
  } catch (error) {
    if (!(error instanceof PictureError) && !(placing && error instanceof NumericError)) throw error;
    if (placing && placing.pose !== STILL)
      return placedOrStill(config, judged, { ...placing, pose: STILL, found: false }, filed);
    const { levels, width, height } = judged;
    const nothing = mapOfLevels(config, levels, { width, height }, new Uint8Array(width * height));
    return { judged: { ...judged, ...nothing }, placing, lost: true };
  }
}

/** Pixels are many, and are not needed again. */
export function withoutPixels(located: Located | undefined): Omit<Located, 'image'> | undefined {
  if (!located) return undefined;
  const { image: _, ...rest } = located;
  return rest;
}
