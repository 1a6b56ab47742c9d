// Plain folders of one product: good/ with good pictures, and if there are any bad/ or bad/<defect>/ with defective ones.
// Masks, if there are any: masks/[<defect>/]<name>.png or ground_truth/… beside good/ and bad/, or <name>_mask.png beside the
// picture. Good pictures are for training, all of them; defective ones are for the test.
import { basename, join } from 'node:path';
import { fault } from '../faults.js';
import { noRecords, type ClassRecords, type Layout } from './layout.js';
import { masksInFolder } from './masks.js';
import { GOOD, reportEmptyClass } from './splitTree.js';
import type { PictureFile, Tree } from './tree.js';

const GOOD_NAMES = ['good', 'ok'];
const BAD_NAMES = ['bad', 'ng', 'ko'];
const MASK_NAMES = ['masks', 'mask', 'ground_truth'];

const named = (folders: string[], names: string[]) =>
  folders.find((folder) => names.includes(folder.toLowerCase()));

/** Whether a folder holds good/ (or ok/) and so is of this form. */
export async function isGoodBad(tree: Tree, folder: string): Promise<boolean> {
  return named(await tree.folders(folder), GOOD_NAMES) !== undefined;
}

const isMask = ({ stem }: PictureFile) => stem.endsWith('_mask');

/** Reads the defective pictures of one folder, `kind` being its folder below bad/, or none. */
async function readKind(
  tree: Tree,
  folder: string,
  ids: string[],
  className: string,
  bad: string,
  kind: string | undefined,
): Promise<ClassRecords['test']> {
  const parts = kind === undefined ? [bad] : [bad, kind];
  const home = join(folder, ...parts);
  const all = await tree.pictures(home);
  const pictures = all.filter((picture) => !isMask(picture));
  const maskRoot = named(await tree.folders(folder), MASK_NAMES);
  const places = maskRoot === undefined ? [] : [join(folder, maskRoot, kind ?? '')];
  if (kind === undefined && maskRoot !== undefined) places.push(join(folder, maskRoot, bad));
  if (all.some(isMask)) places.push(home);
  let masks = new Map<string, string[]>();
  for (const place of places) {
    const there = await tree.pictures(place);
    if (there.length === 0) continue;
    // beside the pictures, a picture is nobody's mask
    masks =
      place === home
        ? await masksBeside(tree, home, pictures, all.filter(isMask))
        : await masksInFolder(tree, {
            pictures: await tree.namedPictures(home),
            pictureFolder: home,
            maskFolder: place,
            missing: 'warning',
          });
    break;
  }
  return pictures.map(({ name, stem }) => ({
    id: [...ids, ...parts, name].join('/'),
    className,
    defect: kind ?? bad.toLowerCase(),
    path: join(home, name),
    masks: masks.get(stem) ?? [],
  }));
}

/** Finds <name>_mask.* in the folder of the pictures itself. */
async function masksBeside(
  tree: Tree,
  home: string,
  pictures: PictureFile[],
  masks: PictureFile[],
): Promise<Map<string, string[]>> {
  const byPicture = new Map(masks.map((mask) => [mask.stem.slice(0, -'_mask'.length), mask]));
  const found = new Map<string, string[]>();
  for (const { name, stem } of pictures) {
    const mask = byPicture.get(stem);
    if (mask) found.set(stem, [join(home, mask.name)]);
    else {
      const path = join(home, name);
      const sentence = `${path} has no mask, though others have: put it at ${join(home, `${stem}_mask.png`)}`;
      tree.report(fault('missing-mask', path, sentence, 'warning'));
    }
  }
  for (const [stem, { name }] of byPicture) {
    if (pictures.some((picture) => picture.stem === stem)) continue;
    const path = join(home, name);
    const sentence = `${path} is a mask without a picture: add ${join(home, `${stem}.png`)} or remove the mask`;
    tree.report(fault('orphan-mask', path, sentence));
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
  const folders = await tree.folders(folder);
  const records = noRecords();
  const good = named(folders, GOOD_NAMES)!;
  for (const { name } of await tree.pictures(join(folder, good))) {
    const id = [...ids, good, name].join('/');
    records.train.push({ id, className, defect: GOOD, path: join(folder, good, name), masks: [] });
  }
  if (records.train.length === 0) await reportEmptyClass(tree, className, join(folder, good));
  const bad = named(folders, BAD_NAMES);
  if (bad !== undefined) {
    for (const kind of [undefined, ...(await tree.folders(join(folder, bad)))]) {
      records.test.push(...(await readKind(tree, folder, ids, className, bad, kind)));
    }
  }
  for (const name of folders) {
    if (name === good || name === bad || MASK_NAMES.includes(name.toLowerCase())) continue;
    if ((await tree.pictures(join(folder, name))).length === 0) continue;
    const path = join(folder, name);
    tree.report(
      fault('not-read', path, `${path} is not read: beside ${good}, defective pictures lie in bad/`),
    );
  }
  return records;
}

export const goodBad: Layout<'good-bad'> = {
  name: 'good-bad',
  wanted: 'good/* and, if there are defective pictures, bad/* or bad/<defect>/*',
  async find(tree) {
    const { root } = tree;
    if (!(await isGoodBad(tree, root))) return undefined;
    return {
      title: 'folders of good and bad pictures',
      base: root,
      classes: [basename(root)],
      readClass: (className) => readGoodBad(tree, root, [], className),
    };
  },
};
