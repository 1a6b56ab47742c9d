// Names of masks beside their pictures, by the words for masks at either end: `7_mask`, `mask_7`, `7_heatmap`, `7_mask_1`.
import { fold } from './fold.js';
import { MASKS } from './words.js';

/** The places between the words of a name: at separators, between letters and digits, and at a capital after a small letter. */
const BOUNDARY = /[ _.-]+|(?<=\p{L})(?=\p{N})|(?<=\p{N})(?=\p{L})|(?<=\p{Ll})(?=\p{Lu})/gu;
/** The number of one of several masks of a picture. */
const COUNTED = /^(.*\p{L})[ _.-]*\p{N}+$/u;
/** `ground truth` and `segmentation class visualization` are words of several parts. */
const MOST_PARTS = 3;

/** The names, without suffix, of the pictures that a mask of this name may belong to; none if it is not a mask's name. */
export function maskedStems(stem: string): string[] {
  const found: string[] = [];
  const places = [...stem.matchAll(BOUNDARY)].map(
    (match) => [match.index, match.index + match[0].length] as const,
  );
  const isMask = (text: string) => MASKS.has(fold(text));
  for (const [end] of places.slice(-MOST_PARTS - 1)) {
    const tail = stem.slice(end);
    if (isMask(tail) || isMask(COUNTED.exec(tail)?.[1] ?? '')) found.push(stem.slice(0, end));
  }
  for (const [end, start] of places.slice(0, MOST_PARTS))
    if (isMask(stem.slice(0, end))) found.push(stem.slice(start));
  return found.filter((of) => of !== '');
}

/** The picture, among those of these names without suffix, that a mask of this name belongs to. */
export const maskedStem = (stem: string, stems: ReadonlySet<string>): string | undefined =>
  maskedStems(stem).find((of) => stems.has(of));
