// Pictures labelled by their masks: a picture with an empty mask is good, one with a non-empty mask is defective. The label
// of a picture without a mask is unknown.
import { join } from 'node:path';
import { DataError } from '../../../errors.js';
import { readMask } from '../../decoding/decode.js';
import { fault } from '../../faults.js';
import { readPicture } from '../../fileSample.js';
import { mapLimit } from '../../mapLimit.js';
import { noRecords, type ClassRecords } from '../layout.js';
import type { MasksByStem } from '../reading/masks.js';
import { GOOD } from '../reading/splitTree.js';
import type { PictureFile, Tree } from '../reading/tree.js';

/** The name of the defect: masks state its location, not its type. */
const MARKED = 'defect';
const READERS = 4;

export interface Masked {
  folder: string;
  ids: string[];
  className: string;
  pictures: readonly PictureFile[];
  masks: MasksByStem;
  /** The location of the masks, for messages. */
  masksIn: string;
}

/**
 * Whether masks mark any pixel. One that cannot be decoded, or whose marks may be in its alpha channel, is a fault and counts as
 * marking.
 */
async function marks(tree: Tree, paths: readonly string[]): Promise<boolean> {
  for (const path of paths) {
    try {
      const { mask, values } = await readMask(await readPicture(path), path);
      if (mask.data.includes(1)) return true;
      if (!(await values()).seeThrough) continue;
      const sentence =
        `${path} is black with transparent parts, so the label of its picture is unknown: its defect may be drawn in alpha, which is ignored; ` +
        'save the mask without alpha, the defect white on black';
      tree.report(fault('odd-mask', path, sentence, 'error'));
      return true;
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      tree.report(fault('unreadable', path, error.message));
      return true;
    }
  }
  return false;
}

/** Sorts the pictures of one product into good ones, for training, and defective ones. Reads the pixels of all masks. */
export async function sortByMasks(tree: Tree, masked: Masked): Promise<ClassRecords> {
  const { folder, ids, className, pictures, masks, masksIn } = masked;
  const records = noRecords();
  const defective = await mapLimit(pictures, READERS, async ({ stem }) => marks(tree, masks.get(stem) ?? []));
  const without: PictureFile[] = [];
  for (const [i, picture] of pictures.entries()) {
    const { name, stem } = picture;
    const [path, id] = [join(folder, name), [...ids, name].join('/')];
    if (!masks.has(stem)) without.push(picture);
    else if (defective[i])
      records.test.push({ id, className, defect: MARKED, path, masks: masks.get(stem)! });
    else records.train.push({ id, className, defect: GOOD, path, masks: [] });
  }
  const [first] = without;
  if (first) {
    const path = join(folder, first.name);
    const sentence =
      `${path} has no mask in ${masksIn} (${without.length} of ${pictures.length} pictures have none), so it is not known ` +
      'whether it is good: put the good pictures in good/, the defective ones in bad/ and the masks in masks/';
    tree.report(fault('missing-mask', path, sentence));
  } else if (records.train.length === 0) {
    const sentence =
      `class "${className}" is empty: each of the ${pictures.length} pictures in ${folder} has a mask that marks something, and ` +
      'training needs good pictures; put good ones in good/ and these in bad/ (if the masks mark the product and no defect, ' +
      'remove them and put the pictures in good/)';
    tree.report(fault('empty-class', folder, sentence));
  }
  return records;
}
