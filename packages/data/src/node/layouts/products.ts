// One folder a product, each of any plain form: good pictures only, good/ and bad/, or MVTec AD's train/ and test/.
import { join } from 'node:path';
import { isGoodBad, readGoodBad } from './goodBad.js';
import { readFlat } from './flat.js';
import type { Layout } from './layout.js';
import { MVTEC_FORM } from './mvtec.js';
import { isSplit, readSplitClass } from './splitTree.js';
import type { Tree } from './tree.js';

/** Whether a folder is a product's, of whichever plain form. */
export async function isProduct(tree: Tree, folder: string): Promise<boolean> {
  if (await isSplit(tree, folder)) return true;
  return (await isGoodBad(tree, folder)) || (await tree.pictures(folder)).length > 0;
}

export const products: Layout<'products'> = {
  name: 'products',
  wanted: '<product>/*.png, <product>/good/* with <product>/bad/*, or <product>/train/good/*',
  async find(tree) {
    const { root } = tree;
    // pictures beside the folders belong to no product
    if ((await tree.pictures(root)).length > 0) return undefined;
    const classes: string[] = [];
    for (const name of await tree.folders(root)) {
      if (await isProduct(tree, join(root, name))) classes.push(name);
    }
    if (classes.length === 0) return undefined;
    return {
      title: 'one folder a product',
      base: root,
      classes,
      async readClass(name) {
        const folder = join(root, name);
        if (await isSplit(tree, folder)) return readSplitClass(tree, root, name, MVTEC_FORM);
        if (await isGoodBad(tree, folder)) return readGoodBad(tree, folder, [name], name);
        return readFlat(tree, folder, [name], name);
      },
    };
  },
};
