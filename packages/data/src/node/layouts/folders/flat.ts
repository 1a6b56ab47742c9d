// A folder of good pictures of one product with any names: all are for training. Pictures with masks beside them are sorted
// by their masks.
import { basename, join } from 'node:path';
import { nfc } from '../../../names/fold.js';
import { noRecords, type ClassRecords, type Layout } from '../layout.js';
import { apart, masksByPicture } from '../reading/masksBeside.js';
import { sortByMasks } from './sortByMasks.js';
import { GOOD, reportEmptyClass } from '../reading/splitTree.js';
import type { Tree } from '../reading/tree.js';

/** Reads such a folder; `ids` are the parts of its path below the folder ids are relative to. */
export async function readFlat(
  tree: Tree,
  folder: string,
  ids: string[],
  className: string,
): Promise<ClassRecords> {
  const { pictures, masks } = apart(await tree.namedPictures(folder));
  if (masks.length > 0) {
    return sortByMasks(tree, {
      folder,
      ids,
      className,
      pictures,
      masks: masksByPicture(folder, masks),
      masksIn: 'the masks beside them',
    });
  }
  const records = noRecords();
  for (const { name } of pictures) {
    const id = [...ids, name].join('/');
    records.train.push({ id, className, defect: GOOD, path: join(folder, name), masks: [] });
  }
  if (records.train.length === 0) await reportEmptyClass(tree, className, folder);
  return records;
}

export const flat: Layout<'flat'> = {
  name: 'flat',
  wanted: 'good pictures, *.png',
  async find(tree) {
    const { root } = tree;
    if ((await tree.pictures(root)).length === 0) return undefined;
    // pictures below as well: it is unknown which are good
    for (const name of await tree.folders(root)) {
      if ((await tree.pictures(join(root, name))).length > 0) return undefined;
    }
    return {
      title: 'a folder of good pictures',
      base: root,
      classes: [nfc(basename(root))],
      reads: 'only the pictures directly in the folder are read',
      folderOf: () => root,
      readClass: (className) => readFlat(tree, root, [], className),
    };
  },
};
