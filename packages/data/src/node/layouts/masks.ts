import { DataError } from '../../errors.js';
import type { PictureFile } from './listing.js';

const some = (count: number, one: string) => (count === 1 ? `1 ${one}` : `${count} ${one}s`);

/**
 * Finds the mask of every defective picture by name, never by position: `<stem>_mask.*`, or `<stem>.*`. Folders are for
 * the error messages. Returns the mask's file name by the picture's stem. Throws a DataError where a picture has no mask
 * or two, or a mask has no picture.
 */
export function matchMasks(
  pictures: PictureFile[],
  masks: PictureFile[],
  pictureFolder: string,
  maskFolder: string,
): Map<string, string> {
  const byStem = new Map(masks.map((mask) => [mask.stem, mask]));
  const left = new Set(masks);
  const found = new Map<string, string>();
  const missing: PictureFile[] = [];
  for (const picture of pictures) {
    // a mask serves one picture: with pictures `a` and `a_mask`, the file `a_mask` must not stand for both
    const [mask, second] = [`${picture.stem}_mask`, picture.stem]
      .map((stem) => byStem.get(stem))
      .filter((found) => found !== undefined && left.has(found));
    if (!mask) {
      missing.push(picture);
    } else if (second) {
      throw new DataError(
        `${maskFolder} holds two masks for ${picture.name}, ${mask.name} and ${second.name}: remove one`,
      );
    } else {
      found.set(picture.stem, mask.name);
      left.delete(mask);
    }
  }
  if (missing.length > 0) {
    const [first] = missing;
    throw new DataError(
      `${pictureFolder} has ${some(missing.length, 'picture')} without a mask, the first is ${first!.name}: ` +
        `put its mask at ${maskFolder}/${first!.stem}_mask.png`,
    );
  }
  if (left.size > 0) {
    const [first] = left;
    throw new DataError(
      `${maskFolder} has ${some(left.size, 'mask')} without a picture, the first is ${first!.name}: ` +
        `add ${pictureFolder}/${first!.stem.replace(/_mask$/, '')}.png or remove the mask`,
    );
  }
  return found;
}
