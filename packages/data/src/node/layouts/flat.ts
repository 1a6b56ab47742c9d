// A folder of good pictures of one product, whatever their names: all are for training.
import { basename, join } from 'node:path';
import { noRecords, type ClassRecords, type Layout } from './layout.js';
import { GOOD, reportEmptyClass } from './splitTree.js';
import type { Tree } from './tree.js';

/** Reads such a folder; `ids` are the parts of its path below the folder ids are relative to. */
export async function readFlat(
  tree: Tree,
  folder: string,
  ids: string[],
  className: string,
): Promise<ClassRecords> {
  const records = noRecords();
  for (const { name } of await tree.pictures(folder)) {
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
    // pictures below as well: which are good is not to be guessed
    for (const name of await tree.folders(root)) {
      if ((await tree.pictures(join(root, name))).length > 0) return undefined;
    }
    return {
      title: 'a folder of good pictures',
      base: root,
      classes: [basename(root)],
      readClass: (className) => readFlat(tree, root, [], className),
    };
  },
};
