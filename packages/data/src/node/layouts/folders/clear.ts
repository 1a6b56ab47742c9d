// Folders whose good pictures cannot be identified by any rule are rejected with an error that says how to arrange them,
// because a defective picture or a mask trained as a good product silently degrades the model.
import { basename, join } from 'node:path';
import { DataError } from '../../../errors.js';
import { fault } from '../../faults.js';
import { findAnnotations } from './annotations.js';
import { isGoodBad } from './goodBad.js';
import { findPair } from './imagesMasks.js';
import { defectiveByName, halvesOfPairs } from '../../../names/nameRules.js';
import { goodAndBad, namesSplit, roleOf } from '../../../names/roles.js';
import { isSplit } from '../reading/splitTree.js';
import type { Tree } from '../reading/tree.js';

const ARRANGE = 'put good pictures in good/, defective ones in bad/ and masks in masks/';

/** Throws a DataError if the folder looks like an annotation export. */
export async function requireNoExport(tree: Tree): Promise<void> {
  const { root } = tree;
  const annotations = await findAnnotations(tree, root);
  if (annotations === undefined) return;
  throw new DataError(
    `${annotations} is part of an annotation export (YOLO, COCO, VOC, labelme, …), which does not state which pictures in ${root} are ` +
      `good: ${ARRANGE}; if all are good, remove the annotations`,
  );
}

/** Throws a DataError if plain folders are ambiguous. Called after the layouts with distinctive marks. */
export async function requireClear(tree: Tree): Promise<void> {
  const { root } = tree;
  await requireNoExport(tree);
  if ((await tree.pictures(root)).length > 0) {
    if (!(await hasPicturesBelow(tree, root))) await requireClearPictures(tree, root);
    return;
  }
  const names: string[] = [];
  for (const name of await tree.folders(root))
    if (await tree.holdsPictures(join(root, name))) names.push(name);
  requireClearNames(root, names);
  for (const name of names) await requireClearProduct(tree, join(root, name));
}

async function hasPicturesBelow(tree: Tree, folder: string): Promise<boolean> {
  for (const name of await tree.folders(folder)) {
    if ((await tree.pictures(join(folder, name))).length > 0) return true;
  }
  return false;
}

/** Rejects sibling folders of which one has the name of something other than a product. */
function requireClearNames(root: string, names: readonly string[]): void {
  for (const name of names) {
    const path = join(root, name);
    const { content } = roleOf(name);
    if (content === 'bad' || content === 'kind') {
      throw new DataError(
        `${path} has the name of defective pictures, and no folder beside it has the name of good ones: put the good pictures in ${join(root, 'good')}, ` +
          `or in <product>/good and these in <product>/bad`,
      );
    }
    if (content === 'good') {
      throw new DataError(
        `${path} has the name of good pictures but is not beside bad/: put the pictures of each product in <product>/good and <product>/bad`,
      );
    }
    if (content === 'unclear') {
      throw new DataError(
        `${path}: "${name}" may mean good or defective pictures: rename the folder of good ones to good and the other to bad`,
      );
    }
    if (content === 'masks') {
      throw new DataError(
        `${path} has the name of masks or annotations, and their pictures are unknown: put them in <product>/masks beside ` +
          '<product>/good and <product>/bad; if it is a product, rename the folder',
      );
    }
    if (namesSplit(name) !== undefined) {
      throw new DataError(
        `${path}: to be read as a split of a data set, good pictures must be in train/good and others in test/good and test/<defect>; ` +
          'if it is a product, rename the folder',
      );
    }
  }
  if (names.length === 2 && names.includes('0') && names.includes('1')) {
    throw new DataError(
      `${join(root, '0')} and ${join(root, '1')} may mean good and defective pictures: rename them to good and bad, or, if they are ` +
        'products, to other names',
    );
  }
  requireNoPairs(root, names);
}

/** Rejects `screw_good` beside `screw_bad`, and a name that ends in a word for defective pictures. */
function requireNoPairs(root: string, names: readonly string[]): void {
  for (const [name, half] of halvesOfPairs(names)) {
    if (half === 'masks') {
      throw new DataError(
        `${join(root, name)} has the name of a product's masks: put them in ${join(root, '<product>', 'masks')}, beside ` +
          `${join(root, '<product>', 'good')} and ${join(root, '<product>', 'bad')}; if it is a product, rename the folder`,
      );
    }
    throw new DataError(
      `${join(root, name)} has the name of a product's defective pictures: put them in ${join(root, '<product>', 'bad')} and the good ` +
        `ones in ${join(root, '<product>', 'good')}; if it is a product, rename the folder`,
    );
  }
}

async function requireClearProduct(tree: Tree, folder: string): Promise<void> {
  if ((await isSplit(tree, folder)) || (await isGoodBad(tree, folder)) || (await findPair(tree, folder)))
    return;
  const annotations = await findAnnotations(tree, folder);
  if (annotations !== undefined) {
    throw new DataError(
      `${annotations} contains annotations, which do not state which pictures in ${folder} are good: ${ARRANGE}; ` +
        'if all are good, remove the annotations',
    );
  }
  const inside = goodAndBad(await tree.folders(folder));
  const [bad] = [...inside.bad, ...inside.kinds];
  if (bad !== undefined && (await tree.holdsPictures(join(folder, bad)))) {
    throw new DataError(
      `${join(folder, bad)} has the name of defective pictures, and no folder beside it has the name of good ones: put the good pictures of ${basename(folder)} ` +
        `in ${join(folder, 'good')}`,
    );
  }
  if ((await tree.pictures(folder)).length > 0) await requireClearPictures(tree, folder);
}

/** Rejects a folder of pictures whose name, or whose pictures' names, say that some are defective. */
async function requireClearPictures(tree: Tree, folder: string): Promise<void> {
  const { content } = roleOf(basename(folder));
  if (content === 'bad' || content === 'kind' || content === 'masks') {
    const what = content === 'masks' ? 'masks or annotations' : 'defective pictures';
    throw new DataError(
      `${folder} has the name of ${what}, and training needs good pictures: pass the folder that contains good/ (and bad/), or rename it`,
    );
  }
  const all = await tree.pictures(folder);
  const named = defectiveByName(all.map(({ stem }) => stem));
  const defective = all.filter(({ stem }) => named.has(stem));
  const [first] = defective;
  if (!first) return;
  const path = join(folder, first.name);
  if (defective.length < all.length) {
    throw new DataError(
      `${path} is named like a defective picture (${defective.length} of ${all.length} pictures in ${folder} are): put those in bad/ and the ` +
        'others in good/; if they are good, rename them',
    );
  }
  const sentence = `${path}: all ${all.length} pictures in ${folder} are named like defective ones and are read as good; if they are not, put them in bad/`;
  tree.report(fault('named-defective', path, sentence));
}
