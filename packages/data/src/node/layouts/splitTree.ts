// What MVTec AD, its relatives and BTAD share: one folder a class, in it
//   train/<good>/…    validation/<good>/…    test/<good>/…    test/<defect>/…    and masks by kind of defect
import { basename, dirname, join } from 'node:path';
import { fault } from '../faults.js';
import type { PictureRecord } from '../fileSample.js';
import { FORMAT_NAMES } from '../formats.js';
import { noRecords, type ClassRecords, type Match } from './layout.js';
import { masksInFolder, type MasksByStem, type MaskSearch } from './masks.js';
import type { Tree } from './tree.js';

/** In what the layouts of this family differ. */
export interface SplitTree {
  /** The folder of good pictures: `good`, or `ok`. */
  good: string;
  /** The folder below a kind's that holds its pictures, if there is one: `rgb`. */
  inner?: string;
  /** The folder of a kind's masks below the class folder, in parts. */
  masks(kind: string): string[];
  /** How masks are found there. Default: one file a picture. */
  findMasks?(tree: Tree, search: MaskSearch): Promise<MasksByStem>;
}

/** The defect of a good picture, whatever its folder is called. */
export const GOOD = 'good';

/** Whether a folder holds `train` or `test`. */
export async function isSplit(tree: Tree, folder: string): Promise<boolean> {
  const folders = await tree.folders(folder);
  return folders.includes('train') || folders.includes('test');
}

/** The class folders of a root that holds several or is one: the folder ids are relative to, and the classes' names. */
export async function findSplitClasses(tree: Tree): Promise<{ base: string; classes: string[] }> {
  const { root } = tree;
  if (await isSplit(tree, root)) return { base: dirname(root), classes: [basename(root)] };
  const classes: string[] = [];
  for (const name of await tree.folders(root)) {
    if (await isSplit(tree, join(root, name))) classes.push(name);
  }
  return { base: root, classes };
}

/** The match of a root whose class folders are of this family and of which one at least passes `fits`. */
export async function matchSplitTree(
  tree: Tree,
  title: string,
  form: SplitTree,
  fits: (folder: string) => Promise<boolean>,
): Promise<Match | undefined> {
  const { base, classes } = await findSplitClasses(tree);
  for (const name of classes) {
    if (await fits(join(base, name))) {
      return { title, base, classes, readClass: (className) => readSplitClass(tree, base, className, form) };
    }
  }
  return undefined;
}

async function readGood(
  tree: Tree,
  base: string,
  parts: string[],
  className: string,
): Promise<PictureRecord[]> {
  const folder = join(base, ...parts);
  const pictures = await tree.namedPictures(folder);
  return pictures.map(({ name }) => ({
    id: [...parts, name].join('/'),
    className,
    defect: GOOD,
    path: join(folder, name),
    masks: [],
  }));
}

/** Says that a class has nothing to train on. */
export async function reportEmptyClass(tree: Tree, className: string, folder: string): Promise<void> {
  const others = (await tree.list(folder))?.files.length ?? 0;
  const sentence =
    `class "${className}" is empty: ${folder} must hold at least one ${FORMAT_NAMES} picture, but ` +
    (others > 0
      ? `its ${others} file(s) are of other kinds; convert them`
      : 'has none; add some or leave the class out');
  tree.report(fault('empty-class', folder, sentence));
}

/** Reads a class folder of this family. */
export async function readSplitClass(
  tree: Tree,
  base: string,
  className: string,
  form: SplitTree,
): Promise<ClassRecords> {
  const inner = form.inner === undefined ? [] : [form.inner];
  const records = noRecords();
  const trainParts = [className, 'train', form.good, ...inner];
  records.train = await readGood(tree, base, trainParts, className);
  if (records.train.length === 0) await reportEmptyClass(tree, className, join(base, ...trainParts));
  for (const kind of await tree.folders(join(base, className, 'train'))) {
    if (kind === form.good) continue;
    const path = join(base, className, 'train', kind);
    tree.report(
      fault('not-read', path, `${path} is not read: training takes ${join('train', form.good)} alone`),
    );
  }
  records.validation = await readGood(tree, base, [className, 'validation', form.good, ...inner], className);

  const kinds = new Set(await tree.folders(join(base, className, 'test')));
  // kinds that have masks only are visited as well, to be told of; good pictures need no mask
  const maskRoot = join(base, className, ...form.masks('').slice(0, -1));
  const maskKinds = (await tree.folders(maskRoot)).filter((kind) => kind !== form.good);
  for (const kind of new Set([...kinds, ...maskKinds])) {
    const parts = [className, 'test', kind, ...inner];
    if (kind === form.good) {
      records.test.push(...(await readGood(tree, base, parts, className)));
      continue;
    }
    const pictureFolder = join(base, ...parts);
    const pictures = await tree.namedPictures(pictureFolder);
    const maskFolder = join(base, className, ...form.masks(kind));
    const masks = await (form.findMasks ?? masksInFolder)(tree, { pictures, pictureFolder, maskFolder });
    for (const { name, stem } of pictures) {
      const id = [...parts, name].join('/');
      const path = join(pictureFolder, name);
      records.test.push({ id, className, defect: kind, path, masks: masks.get(stem) ?? [] });
    }
  }
  return records;
}
