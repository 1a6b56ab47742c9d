// An aligned picture that tests a model: what of it is judged, as `placedJudgement` judges it, and whether it says anything.
import type { RgbImage } from '@pyramid-mamba/data';
import { areaMask, type Areas } from '../areas/index.js';
import type { Located } from './locate.js';
import { isWhole } from './placed.js';
import { reached, ways } from './pose.js';

/** Where the part of a picture was found, without the picture. */
export type LocatedAt = Omit<Located, 'image'>;

/** A picture, aligned where `located` says how; by default as it was taken. */
export interface AlignedImage extends RgbImage {
  readonly located?: LocatedAt | undefined;
}

/** Its size and how it was aligned. */
export type Alignment = Pick<AlignedImage, 'width' | 'height' | 'located'>;

/** The picture of a sample of `locatedSamples`. */
export const alignedImage = ({
  image,
  located,
}: {
  readonly image: RgbImage;
  readonly located?: LocatedAt | undefined;
}): AlignedImage => (located ? { ...image, located } : image);

/** What of a picture is judged, row-major: 1 where the areas select a pixel that the picture has, not a repeated edge; undefined where all is. */
export function judgedOf(
  { located, width, height }: Alignment,
  areas: Areas | undefined,
): Uint8Array | undefined {
  const selected = areas && areaMask(areas, { width, height });
  const seen = located && reached(ways(located).toPicture, { width, height });
  if (!seen?.includes(0)) return selected;
  return selected ? selected.map((one, i) => one & seen[i]!) : seen;
}

/**
 * Whether the part of a picture was not found, as a judgement says it, or nothing of the judged areas is in the picture. Its score is then of another
 * place than that of other pictures, and it is never OK: it must set no thresholds, and test nothing.
 */
export function isLost(picture: Alignment, areas: Areas | undefined): boolean {
  const { located, width, height } = picture;
  if (!located) return judgedOf(picture, areas)?.includes(1) === false;
  const size = { width, height };
  const seen = reached(ways(located).toPicture, size);
  const isFound = located.found && located.className !== null;
  return (
    !isFound ||
    !isWhole(areas, areas && areaMask(areas, size), seen) ||
    judgedOf(picture, areas)?.includes(1) === false
  );
}
