// Masks in the folder of their pictures: `7_mask.png` beside `7.png`.
import { join } from 'node:path';
import { fault } from '../faults.js';
import type { PictureFile, Tree } from './tree.js';

const MASK_NAME =
  /^(.+?)[ _.-]*[ _.-](masks?|gt|labels?|labelids|lbl|seg|segmentation|annotations?|ground[ _-]?truth|maske|masque)$/i;

/** The name without suffix of the picture that a mask of this name belongs to, or undefined if the name is not a mask's. */
export const maskedStem = (stem: string): string | undefined => MASK_NAME.exec(stem)?.[1];

export interface Beside {
  pictures: PictureFile[];
  /** Each with the name, without suffix, of its picture. */
  masks: { mask: PictureFile; of: string }[];
}

/** Separates the masks from the pictures of a folder: a mask has the name of an existing picture. */
export function apart(files: readonly PictureFile[]): Beside {
  const stems = new Set(files.map(({ stem }) => stem));
  const found: Beside = { pictures: [], masks: [] };
  for (const file of files) {
    const of = maskedStem(file.stem);
    if (of !== undefined && stems.has(of)) found.masks.push({ mask: file, of });
    else found.pictures.push(file);
  }
  return found;
}

/** The pictures of a folder of good ones. Masks among them are not products: they are skipped and reported. */
export async function goodPictures(tree: Tree, folder: string): Promise<PictureFile[]> {
  const { pictures, masks } = apart(await tree.namedPictures(folder));
  const [first] = masks;
  if (first) {
    const path = join(folder, first.mask.name);
    const more = masks.length === 1 ? 'is a mask' : `and ${masks.length - 1} more are masks`;
    const sentence = `${path} ${more} among good pictures: not read; if a mask marks a defect, move its picture to bad/`;
    tree.report(fault('not-read', path, sentence));
    for (const { mask } of masks.slice(1)) tree.tell(join(folder, mask.name));
  }
  return pictures;
}
