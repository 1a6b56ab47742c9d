// Masks in the folder of their pictures: `7_mask.png` beside `7.png`.
import { join } from 'node:path';
import { fault } from '../../faults.js';
import { maskedStem } from '../../../names/maskNames.js';
import type { PictureFile, Tree } from './tree.js';

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
    const of = maskedStem(file.stem, stems);
    if (of !== undefined) found.masks.push({ mask: file, of });
    else found.pictures.push(file);
  }
  return found;
}

/** Drawings over the picture, which are not 0 where it is good: they count only without other masks. */
const DRAWN = /visuali[sz]ation|overlay|heatmap|annotated/i;

/** The paths of the masks by the name, without suffix, of their picture. */
export function masksByPicture(folder: string, masks: Beside['masks']): Map<string, string[]> {
  const found = new Map<string, Beside['masks']>();
  for (const one of masks) found.set(one.of, [...(found.get(one.of) ?? []), one]);
  const pathsOf = (of: Beside['masks']) => {
    const exact = of.filter(({ mask }) => !DRAWN.test(mask.name));
    return (exact.length > 0 ? exact : of.slice(0, 1)).map(({ mask }) => join(folder, mask.name));
  };
  return new Map([...found].map(([of, list]) => [of, pathsOf(list)]));
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
