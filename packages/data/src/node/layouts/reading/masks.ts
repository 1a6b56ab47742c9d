import { join } from 'node:path';
import { fault, type Severity } from '../../faults.js';
import { nfc } from '../../../names/fold.js';
import type { PictureFile, Tree } from './tree.js';

/** Pictures of one defect type and the folder of their masks. */
export interface MaskSearch {
  pictures: PictureFile[];
  pictureFolder: string;
  maskFolder: string;
  /** Severity of a missing mask; `unsaid` leaves it to the caller. Default: an error. */
  missing?: Severity | 'unsaid';
}

/** Masks by the stem of their picture: absolute paths. Pictures without a mask are absent. */
export type MasksByStem = Map<string, string[]>;

function reportMissing(
  tree: Tree,
  { pictures, pictureFolder, maskFolder, missing: severity }: MaskSearch,
  missing: PictureFile[],
  placeOf: (stem: string) => string,
): void {
  const [first] = missing;
  if (!first || severity === 'unsaid') return;
  if (missing.length === pictures.length && missing.length > 1) {
    const sentence =
      `${pictureFolder}: none of its ${missing.length} pictures has a mask; ` +
      `put them in ${maskFolder}, the first as ${placeOf(first.stem)}`;
    tree.report(fault('missing-mask', pictureFolder, sentence, severity));
    return;
  }
  for (const { name, stem } of missing) {
    const path = join(pictureFolder, name);
    const sentence = `${path} has no mask: put it at ${join(maskFolder, placeOf(stem))}`;
    tree.report(fault('missing-mask', path, sentence, severity));
  }
}

/**
 * Finds the mask of every defective picture in one folder by name, never by position: `<stem>_mask.*`, or `<stem>.*`.
 * Reports pictures without a mask or with two, and masks without a picture.
 */
export async function masksInFolder(tree: Tree, search: MaskSearch): Promise<MasksByStem> {
  const { pictures, pictureFolder, maskFolder } = search;
  const masks = await tree.namedPictures(maskFolder);
  const byStem = new Map(masks.map((mask) => [mask.stem, mask]));
  const left = new Set(masks);
  const found: MasksByStem = new Map();
  const missing: PictureFile[] = [];
  for (const picture of pictures) {
    // a mask belongs to one picture: with pictures `a` and `a_mask`, the file `a_mask` must not serve both
    const [mask, second] = [`${picture.stem}_mask`, picture.stem]
      .map((stem) => byStem.get(stem))
      .filter((mask) => mask !== undefined && left.has(mask));
    if (!mask) {
      missing.push(picture);
      continue;
    }
    found.set(picture.stem, [join(maskFolder, mask.name)]);
    left.delete(mask);
    if (second) {
      left.delete(second);
      const sentence = `${maskFolder} contains two masks for ${picture.name}, ${mask.name} and ${second.name}: remove one`;
      tree.report(fault('two-masks', join(maskFolder, second.name), sentence));
    }
  }
  reportMissing(tree, search, missing, (stem) => `${stem}_mask.png`);
  for (const { name, stem } of left) {
    const path = join(maskFolder, name);
    const wanted = join(pictureFolder, `${stem.replace(/_mask$/, '')}.png`);
    tree.report(
      fault('orphan-mask', path, `${path} is a mask without a picture: add ${wanted} or remove the mask`),
    );
  }
  return found;
}

/**
 * Finds the masks of every defective picture in a separate folder: all of `<maskFolder>/<stem>/*`, which together mark
 * its defects. Reports pictures without a mask, and folders without a picture.
 */
export async function masksInFolders(tree: Tree, search: MaskSearch): Promise<MasksByStem> {
  const { pictures, pictureFolder, maskFolder } = search;
  const left = new Map((await tree.folders(maskFolder)).map((name) => [nfc(name), name]));
  const found: MasksByStem = new Map();
  const missing: PictureFile[] = [];
  for (const picture of pictures) {
    const own = left.get(picture.stem);
    const folder = join(maskFolder, own ?? picture.stem);
    const masks = own === undefined ? [] : await tree.pictures(folder);
    left.delete(picture.stem);
    if (masks.length === 0) missing.push(picture);
    else
      found.set(
        picture.stem,
        masks.map(({ name }) => join(folder, name)),
      );
  }
  reportMissing(tree, search, missing, (stem) => join(stem, '000.png'));
  for (const stem of left.values()) {
    const path = join(maskFolder, stem);
    const sentence = `${path} contains masks without a picture: add ${join(pictureFolder, `${stem}.png`)} or remove them`;
    tree.report(fault('orphan-mask', path, sentence));
  }
  return found;
}
