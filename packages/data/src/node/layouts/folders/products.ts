// One folder per product, each of any plain layout: good pictures only, good/ and bad/, pictures with masks, or MVTec AD's train/
// and test/. Folders with names of good or defective pictures, masks or splits are not products.
import { basename, join } from 'node:path';
import { readFlat } from './flat.js';
import { nfc } from '../../../names/fold.js';
import { isGoodBad, readGoodBad } from './goodBad.js';
import { findPair, readImagesMasks } from './imagesMasks.js';
import type { Layout } from '../layout.js';
import { MVTEC_FORM } from '../published/mvtec.js';
import { namesSplit, roleOf } from '../../../names/roles.js';
import { isSplit, readSplitClass } from '../reading/splitTree.js';
import type { Tree } from '../reading/tree.js';

/** Whether a folder is a product's, of any plain layout. */
export async function isProduct(tree: Tree, folder: string): Promise<boolean> {
  if (await isSplit(tree, folder)) return true;
  if (await isGoodBad(tree, folder)) return true;
  return (await tree.pictures(folder)).length > 0 || (await findPair(tree, folder)) !== undefined;
}

const NO_PRODUCTS = ['good', 'bad', 'kind', 'masks', 'unclear'];

/** Whether a folder may be a product by its name. */
export function mayBeProduct(name: string): boolean {
  const { content } = roleOf(name);
  return namesSplit(name) === undefined && (content === undefined || !NO_PRODUCTS.includes(content));
}

export const products: Layout<'products'> = {
  name: 'products',
  wanted: '<product>/*.png, <product>/good/* with <product>/bad/*, or <product>/train/good/*',
  async find(tree) {
    const { root } = tree;
    // pictures beside the folders do not belong to a product
    if ((await tree.pictures(root)).length > 0) return undefined;
    const folders = new Map<string, string>();
    for (const name of await tree.folders(root)) {
      const folder = join(root, name);
      if (mayBeProduct(name) && (await isProduct(tree, folder))) folders.set(nfc(name), folder);
    }
    if (folders.size === 0) return undefined;
    return {
      title: 'one folder per product',
      base: root,
      classes: [...folders.keys()],
      reads:
        'a product has pictures directly in its folder, or good/ and bad/, or train/good and test/<defect>',
      folderOf: (className) => folders.get(className)!,
      async readClass(className) {
        const folder = folders.get(className)!;
        const ids = [basename(folder)];
        if (await isSplit(tree, folder)) return readSplitClass(tree, folder, MVTEC_FORM);
        if (await isGoodBad(tree, folder)) return readGoodBad(tree, folder, ids, className);
        if (await findPair(tree, folder)) return readImagesMasks(tree, folder, ids, className);
        return readFlat(tree, folder, ids, className);
      },
    };
  },
};
