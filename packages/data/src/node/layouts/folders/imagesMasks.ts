// The layout of segmentation data: images/ with pictures and masks/ with a mask for each; or pictures with a folder of masks
// beside them. Pictures whose mask is empty are good.
import { basename, join } from 'node:path';
import { DataError } from '../../../errors.js';
import { nfc } from '../../../names/fold.js';
import type { ClassRecords, Layout } from '../layout.js';
import { masksInFolder } from '../reading/masks.js';
import { roleOf } from '../../../names/roles.js';
import { sortByMasks } from './sortByMasks.js';
import type { Tree } from '../reading/tree.js';

/** The folder of pictures, in parts below the product's folder, and that of their masks. */
interface Pair {
  pictures: string[];
  masks: string;
}

/** Of several folders of masks, earlier ones are preferred: by class, not by object; as values, not as colours. */
const LATER = /object|instance|visuali[sz]ation|color|colour|overlay|heatmap/i;

/** Finds such a pair in a folder. Throws a DataError if several folders of pictures could belong to the masks. */
export async function findPair(tree: Tree, folder: string): Promise<Pair | undefined> {
  const pictures: string[][] = (await tree.pictures(folder)).length > 0 ? [[]] : [];
  const masks: string[] = [];
  for (const name of await tree.folders(folder)) {
    const { content } = roleOf(name);
    if (content !== 'pictures' && content !== 'masks') continue;
    if ((await tree.pictures(join(folder, name))).length === 0) continue;
    if (content === 'pictures') pictures.push([name]);
    else masks.push(name);
  }
  const mask = masks.find((name) => !LATER.test(name)) ?? masks[0];
  if (mask === undefined || pictures.length === 0) return undefined;
  if (pictures.length > 1) {
    const places = pictures.map((parts) => join(folder, ...parts)).join(' and ');
    throw new DataError(
      `${places} both contain pictures that ${join(folder, mask)} may belong to: keep one of them, or put good pictures in good/ and ` +
        'defective ones in bad/',
    );
  }
  return { pictures: pictures[0]!, masks: mask };
}

/** Reads a product's folder of this form; `ids` are the parts of its path below the folder ids are relative to. */
export async function readImagesMasks(
  tree: Tree,
  folder: string,
  ids: string[],
  className: string,
): Promise<ClassRecords> {
  const pair = (await findPair(tree, folder))!;
  const pictureFolder = join(folder, ...pair.pictures);
  const maskFolder = join(folder, pair.masks);
  const pictures = await tree.namedPictures(pictureFolder);
  // `sortByMasks` reports missing masks, because it knows the consequence
  const masks = await masksInFolder(tree, { pictures, pictureFolder, maskFolder, missing: 'unsaid' });
  return sortByMasks(tree, {
    folder: pictureFolder,
    ids: [...ids, ...pair.pictures],
    className,
    pictures,
    masks,
    masksIn: maskFolder,
  });
}

export const imagesMasks: Layout<'images-masks'> = {
  name: 'images-masks',
  wanted: 'images/* and, for each, masks/<same name>, empty where the picture is good',
  async find(tree) {
    const { root } = tree;
    const pair = await findPair(tree, root);
    if (!pair) return undefined;
    const where = pair.pictures.length === 0 ? 'pictures' : `${pair.pictures.join('/')}/`;
    return {
      title: `${where} with ${pair.masks}/, good where a mask is empty`,
      base: root,
      classes: [nfc(basename(root))],
      reads: `read are ${where} and ${pair.masks}/`,
      folderOf: () => root,
      readClass: (className) => readImagesMasks(tree, root, [], className),
    };
  },
};
