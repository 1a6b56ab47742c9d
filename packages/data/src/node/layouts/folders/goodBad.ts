// Plain folders of one product: good/ with good pictures, and optionally bad/ or bad/<defect>/ with defective ones, or other
// words for them (roles.ts). Optional masks: masks/[<defect>/]<name>.png or ground_truth/… beside good/ and
// bad/, or <name>_mask.png beside the picture. All good pictures are for training, defective ones for the test.
import { basename, join } from 'node:path';
import { fault } from '../../faults.js';
import { nfc } from '../../../names/fold.js';
import { noRecords, type ClassRecords, type Layout } from '../layout.js';
import { masksInFolder, type MasksByStem } from '../reading/masks.js';
import { maskedStem } from '../../../names/maskNames.js';
import { goodPictures, masksByPicture, type Beside } from '../reading/masksBeside.js';
import { goodAndBad, roleOf } from '../../../names/roles.js';
import { GOOD, reportEmptyClass } from '../reading/splitTree.js';
import type { PictureFile, Tree } from '../reading/tree.js';

/** Whether a folder contains good/, or another word for it, and so has this layout. */
export async function isGoodBad(tree: Tree, folder: string): Promise<boolean> {
  return goodAndBad(await tree.folders(folder)).good.length > 0;
}

/** A product's folder, and the parts of its path below the folder ids are relative to. */
interface Product {
  folder: string;
  ids: string[];
  className: string;
}

const MASK_END = '_mask';

/** The name, without suffix, of the picture that a mask of this name belongs to, whether that picture exists or not. */
const maskOf = (stem: string, stems: ReadonlySet<string>): string | undefined =>
  maskedStem(stem, stems) ??
  (stem.endsWith(MASK_END) && stem !== MASK_END ? stem.slice(0, -MASK_END.length) : undefined);

/** Reads the defective pictures in the folder `parts`; their masks are in one of the folders `maskPlaces`, or beside them. */
async function readKind(
  tree: Tree,
  { folder, ids, className }: Product,
  parts: string[],
  defect: string,
  maskPlaces: string[],
): Promise<ClassRecords['test']> {
  const home = join(folder, ...parts);
  const all = await tree.pictures(home);
  const stems = new Set(all.map(({ stem }) => stem));
  const pictures = all.filter(({ stem }) => maskOf(stem, stems) === undefined);
  const beside = all.flatMap((mask) => {
    const of = maskOf(mask.stem, stems);
    return of === undefined ? [] : [{ mask, of }];
  });
  let masks: MasksByStem = new Map();
  for (const maskFolder of maskPlaces) {
    if ((await tree.pictures(maskFolder)).length === 0) continue;
    const named = await tree.namedPictures(home);
    masks = await masksInFolder(tree, {
      pictures: named,
      pictureFolder: home,
      maskFolder,
      missing: 'warning',
    });
    break;
  }
  // beside the pictures, a picture is never a mask
  if (masks.size === 0 && beside.length > 0) masks = masksBeside(tree, home, pictures, beside);
  return pictures.map(({ name, stem }) => ({
    id: [...ids, ...parts, name].join('/'),
    className,
    defect,
    path: join(home, name),
    masks: masks.get(stem) ?? [],
  }));
}

/** Finds <name>_mask.* in the folder of the pictures itself. */
function masksBeside(tree: Tree, home: string, pictures: PictureFile[], masks: Beside['masks']): MasksByStem {
  const byPicture = masksByPicture(home, masks);
  const found: MasksByStem = new Map();
  for (const { name, stem } of pictures) {
    const paths = byPicture.get(stem);
    if (paths) found.set(stem, paths);
    else {
      const path = join(home, name);
      const sentence = `${path} has no mask, though others have: put it at ${join(home, `${stem}_mask.png`)}`;
      tree.report(fault('missing-mask', path, sentence, 'warning'));
    }
  }
  const stems = new Set(pictures.map(({ stem }) => stem));
  for (const [stem, paths] of byPicture) {
    if (stems.has(stem)) continue;
    for (const path of paths) {
      const sentence = `${path} is a mask without a picture: add ${join(home, `${stem}.png`)} or remove the mask`;
      tree.report(fault('orphan-mask', path, sentence));
    }
  }
  return found;
}

/** Reads a product's folder of this form; `ids` are the parts of its path below the folder ids are relative to. */
export async function readGoodBad(
  tree: Tree,
  folder: string,
  ids: string[],
  className: string,
): Promise<ClassRecords> {
  const product = { folder, ids, className };
  const folders = await tree.folders(folder);
  const records = noRecords();
  const { good, bad, kinds } = goodAndBad(folders);
  for (const name of good) {
    const split = roleOf(name).split ?? 'train';
    for (const picture of await goodPictures(tree, join(folder, name))) {
      const id = [...ids, name, picture.name].join('/');
      records[split].push({ id, className, defect: GOOD, path: join(folder, name, picture.name), masks: [] });
    }
  }
  if (records.train.length === 0) await reportEmptyClass(tree, className, join(folder, good[0]!));
  const maskRoots = await maskFolders(tree, folder);
  const masksOf = async (name: string) => Promise.all(maskRoots.map((root) => tree.child(root, name)));
  for (const name of bad) {
    const home = join(folder, name);
    const [inside, inFolders] = [await maskFolders(tree, home), await masksOf(name)];
    const places = [...maskRoots, ...inFolders, ...inside];
    records.test.push(...(await readKind(tree, product, [name], nfc(name).toLowerCase(), places)));
    for (const kind of await tree.folders(home)) {
      if (inside.includes(join(home, kind))) continue;
      const kindPlaces = [...(await masksOf(kind)), ...(await maskFolders(tree, join(home, kind)))];
      records.test.push(...(await readKind(tree, product, [name, kind], nfc(kind), kindPlaces)));
    }
  }
  for (const kind of kinds) {
    const places = [...(await masksOf(kind)), ...(await maskFolders(tree, join(folder, kind)))];
    records.test.push(...(await readKind(tree, product, [kind], nfc(kind), places)));
  }
  return records;
}

/** The folders of masks in a folder. */
async function maskFolders(tree: Tree, folder: string): Promise<string[]> {
  const names = await tree.folders(folder);
  return names.filter((name) => roleOf(name).content === 'masks').map((name) => join(folder, name));
}

export const goodBad: Layout<'good-bad'> = {
  name: 'good-bad',
  wanted: 'good/* and, if there are defective pictures, bad/* or bad/<defect>/*',
  async find(tree) {
    const { root } = tree;
    const { good } = goodAndBad(await tree.folders(root));
    if (good.length === 0) return undefined;
    return {
      title: 'folders of good and bad pictures',
      base: root,
      classes: [nfc(basename(root))],
      reads: `beside ${good.join(' and ')}, defective pictures lie in bad/ or bad/<defect>/`,
      folderOf: () => root,
      readClass: (className) => readGoodBad(tree, root, [], className),
    };
  },
};
