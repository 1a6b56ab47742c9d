// What MVTec AD, its relatives and BTAD share: one folder a class, in it
//   train/<good>/…    validation/<good>/…    test/<good>/…    test/<defect>/…    and masks by kind of defect
// Splits and good pictures may be called by other words that are known (roles.ts): `Training/OK`, `val/normal`.
import { basename, dirname, join } from 'node:path';
import { fault } from '../faults.js';
import type { PictureRecord } from '../fileSample.js';
import { FORMAT_NAMES } from '../formats.js';
import { nfc } from './fold.js';
import { noRecords, type ClassRecords, type Match } from './layout.js';
import { masksInFolder, type MasksByStem, type MaskSearch } from './masks.js';
import { goodPictures } from './masksBeside.js';
import { goodAndBad, namesSplit, ofSplit, roleOf, type Split } from './roles.js';
import type { Tree } from './tree.js';
import { suffixCounts } from './unread.js';

/** How the layouts of this family differ. */
export interface SplitTree {
  /** The folder of good pictures: `good`, or `ok`. */
  good: string;
  /** The folder below a kind's that holds its pictures, if there is one: `rgb`. */
  inner?: string;
  /** The folder of all masks below the class folder. */
  maskRoot: string;
  /** The folder of a kind's masks below that, in parts. */
  masks(kind: string): string[];
  /** How masks are found there. Default: one file a picture. */
  findMasks?(tree: Tree, search: MaskSearch): Promise<MasksByStem>;
}

/** The defect of a good picture, whatever its folder is called. */
export const GOOD = 'good';

/** Whether a folder holds a folder of training or of test pictures. */
export async function isSplit(tree: Tree, folder: string): Promise<boolean> {
  const folders = await tree.folders(folder);
  return ofSplit(folders, 'train').length > 0 || ofSplit(folders, 'test').length > 0;
}

/** The class folders of a root that holds several or is one: the folder ids are relative to, and the classes' names. */
export async function findSplitClasses(tree: Tree): Promise<{ base: string; classes: string[] }> {
  const { root } = tree;
  if (await isSplit(tree, root)) return { base: dirname(root), classes: [nfc(basename(root))] };
  const classes: string[] = [];
  for (const name of await tree.folders(root)) {
    if (await isSplit(tree, join(root, name))) classes.push(nfc(name));
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
  const folders = new Map<string, string>();
  for (const name of classes)
    folders.set(name, base === tree.root ? await tree.child(base, name) : tree.root);
  for (const folder of folders.values()) {
    if (!(await fits(folder))) continue;
    return {
      title,
      base,
      classes,
      reads: `read are train/${form.good}, validation, and test with one folder a kind of defect`,
      folderOf: (className) => folders.get(className)!,
      readClass: (className) => readSplitClass(tree, folders.get(className)!, form),
    };
  }
  return undefined;
}

/** Whether a class folder has a folder of good training pictures. */
export async function hasTraining(tree: Tree, folder: string): Promise<boolean> {
  const good = await goodKinds(tree, folder);
  for (const name of ofSplit(await tree.folders(folder), 'train')) {
    if ((await tree.folders(join(folder, name))).some((kind) => good.includes(kind))) return true;
  }
  return false;
}

/** Says that a class has nothing to train on. */
export async function reportEmptyClass(tree: Tree, className: string, folder: string): Promise<void> {
  const files = (await tree.list(folder))?.files ?? [];
  const sentence =
    `class "${className}" is empty: ${folder} must hold at least one ${FORMAT_NAMES} picture, but ` +
    (files.length > 0
      ? `its ${files.length} file(s) are of other kinds (${suffixCounts(files)}); convert them`
      : 'has none; add some or leave the class out');
  tree.report(fault('empty-class', folder, sentence));
}

/** One class folder while it is read. */
interface Reading {
  readonly tree: Tree;
  /** The class folder's own name, the first part of ids. */
  own: string;
  folder: string;
  className: string;
  form: SplitTree;
}

/** The folder of one kind of pictures in a split. */
interface Kind {
  kind: string;
  /** Below the class folder. */
  parts: string[];
  good: boolean;
}

async function kindsOf({ tree, folder, form }: Reading, split: Split): Promise<Kind[]> {
  const found: Kind[] = [];
  const inner = form.inner === undefined ? [] : [form.inner];
  const good = await goodKinds(tree, folder);
  for (const name of ofSplit(await tree.folders(folder), split)) {
    for (const kind of await tree.folders(join(folder, name))) {
      if (roleOf(kind).content === 'masks') continue;
      found.push({ kind, parts: [name, kind, ...inner], good: kind === form.good || good.includes(kind) });
    }
  }
  return found;
}

/** The names of folders with good pictures in the splits of a class; `clean` is one where a split also has `dirty`. */
async function goodKinds(tree: Tree, folder: string): Promise<string[]> {
  const kinds = new Set<string>();
  const folders = await tree.folders(folder);
  for (const name of folders) {
    if (namesSplit(name) === undefined) continue;
    for (const kind of await tree.folders(join(folder, name))) kinds.add(kind);
  }
  return goodAndBad([...kinds]).good;
}

function recordOf(
  { own, folder, className }: Reading,
  parts: string[],
  name: string,
  defect: string,
): PictureRecord {
  return {
    id: [own, ...parts, name].join('/'),
    className,
    defect,
    path: join(folder, ...parts, name),
    masks: [],
  };
}

async function readGood(reading: Reading, parts: string[]): Promise<PictureRecord[]> {
  const pictures = await goodPictures(reading.tree, join(reading.folder, ...parts));
  return pictures.map(({ name }) => recordOf(reading, parts, name, GOOD));
}

/** Reads a kind's defective pictures. Without a folder of masks in the whole class there are none to look for. */
async function readDefective(
  reading: Reading,
  { kind, parts }: Kind,
  maskRoot: string | undefined,
): Promise<PictureRecord[]> {
  const { tree, folder, form } = reading;
  const pictureFolder = join(folder, ...parts);
  const pictures = await tree.namedPictures(pictureFolder);
  if (maskRoot === undefined) return pictures.map(({ name }) => recordOf(reading, parts, name, nfc(kind)));
  const maskFolder = await below(tree, maskRoot, form.masks(kind));
  const found = await (form.findMasks ?? masksInFolder)(tree, { pictures, pictureFolder, maskFolder });
  return pictures.map(({ name, stem }) => ({
    ...recordOf(reading, parts, name, nfc(kind)),
    masks: found.get(stem) ?? [],
  }));
}

/** The folder of a class's masks: the layout's, or another that is called so. */
async function maskRootOf({ tree, folder, form }: Reading): Promise<string> {
  const folders = await tree.folders(folder);
  const other = folders.includes(form.maskRoot)
    ? undefined
    : folders.find((name) => roleOf(name).content === 'masks');
  return join(folder, other ?? form.maskRoot);
}

/** A folder by its parts, whatever form of Unicode their names are stored in. */
async function below(tree: Tree, folder: string, parts: readonly string[]): Promise<string> {
  let found = folder;
  for (const part of parts) found = await tree.child(found, part);
  return found;
}

/** Reads a class folder of this family. */
export async function readSplitClass(tree: Tree, folder: string, form: SplitTree): Promise<ClassRecords> {
  const own = basename(folder);
  const reading: Reading = { tree, own, folder, className: nfc(own), form };
  const records = noRecords();
  for (const { parts, good } of await kindsOf(reading, 'train')) {
    if (good) records.train.push(...(await readGood(reading, parts)));
  }
  if (records.train.length === 0) await reportNoTraining(reading);
  const test = await kindsOf(reading, 'test');
  const maskRoot = await maskRootOf(reading);
  const hasMasks = form.inner !== undefined || (await tree.holdsPictures(maskRoot));
  const masks = hasMasks ? maskRoot : undefined;
  for (const kind of test) {
    records.test.push(
      ...(kind.good ? await readGood(reading, kind.parts) : await readDefective(reading, kind, masks)),
    );
  }
  for (const kind of await kindsOf(reading, 'validation')) {
    if (kind.good) records.validation.push(...(await readGood(reading, kind.parts)));
    // masks are those of the test pictures, where there are any
    else records.test.push(...(await readDefective(reading, kind, test.length === 0 ? masks : undefined)));
  }
  await reportMasksAlone(reading, maskRoot, records);
  const defective = records.test.filter(({ defect }) => defect !== GOOD).length;
  if (!hasMasks && defective > 0) {
    const sentence =
      `${folder} has no masks: its ${defective} defective pictures are measured as whole pictures, not by pixels; ` +
      `put masks at ${join(maskRoot, '<defect>', '<name>_mask.png')} to measure both`;
    tree.report(fault('missing-mask', folder, sentence, 'warning'));
  }
  return records;
}

async function reportNoTraining({ tree, folder, className, form }: Reading): Promise<void> {
  const inner = form.inner === undefined ? [] : [form.inner];
  const [train] = ofSplit(await tree.folders(folder), 'train');
  const wanted = join(folder, train ?? 'train', form.good, ...inner);
  const loose = train === undefined ? 0 : (await tree.pictures(join(folder, train))).length;
  if (loose === 0) return reportEmptyClass(tree, className, wanted);
  const sentence =
    `class "${className}" is empty: ${loose} pictures lie directly in ${join(folder, train!)}, and training takes those in ` +
    `${wanted}: move the good ones there`;
  tree.report(fault('empty-class', wanted, sentence));
}

/** Reports masks of kinds of defect that have no pictures; good pictures need no mask. */
async function reportMasksAlone(
  { tree, folder, form }: Reading,
  maskRoot: string,
  { test }: ClassRecords,
): Promise<void> {
  if (form.inner !== undefined) return;
  const there = new Set(test.map(({ defect }) => defect));
  const [name = 'test'] = ofSplit(await tree.folders(folder), 'test');
  for (const kind of await tree.folders(maskRoot)) {
    if (kind === form.good || roleOf(kind).content === 'good' || there.has(nfc(kind))) continue;
    const search = {
      pictures: [],
      pictureFolder: join(folder, name, kind),
      maskFolder: join(maskRoot, kind),
    };
    await (form.findMasks ?? masksInFolder)(tree, search);
  }
}
