// The common layout of MVTec AD, its relatives and BTAD: one folder per class, in it
//   train/<good>/…    validation/<good>/…    test/<good>/…    test/<defect>/…    and masks by defect type
// Splits and good pictures may have other known names (roles.ts): `Training/OK`, `val/normal`.
import { basename, dirname, join } from 'node:path';
import { fault } from '../../faults.js';
import type { PictureRecord } from '../../fileSample.js';
import { FORMAT_NAMES } from '../../decoding/formats.js';
import { nfc } from '../../../names/fold.js';
import { noRecords, type ClassRecords, type Match } from '../layout.js';
import { masksInFolder, type MasksByStem, type MaskSearch } from './masks.js';
import { maskedStem } from '../../../names/maskNames.js';
import { goodPictures } from './masksBeside.js';
import { goodAndBad, namesSplit, ofSplit, roleOf, type Split } from '../../../names/roles.js';
import type { Tree } from './tree.js';
import { suffixCounts } from './unread.js';

/** The parameters of this family of layouts. */
export interface SplitTree {
  /** The folder of good pictures: `good`, or `ok`. */
  good: string;
  /** The folder below a kind's that holds its pictures, if there is one: `rgb`. */
  inner?: string;
  /** The folder of all masks below the class folder. */
  maskRoot: string;
  /** The folder of a kind's masks below that, in parts. */
  masks(kind: string): string[];
  /** The search for masks. Default: one file per picture. */
  findMasks?(tree: Tree, search: MaskSearch): Promise<MasksByStem>;
}

/** The defect of a good picture, with any folder name. */
export const GOOD = 'good';

/** Whether a folder contains a folder of training or test pictures. */
export async function isSplit(tree: Tree, folder: string): Promise<boolean> {
  const folders = await tree.folders(folder);
  return ofSplit(folders, 'train').length > 0 || ofSplit(folders, 'test').length > 0;
}

/** The class folders of a root that contains several or is one itself: the folder that ids are relative to, and the classes' names. */
export async function findSplitClasses(tree: Tree): Promise<{ base: string; classes: string[] }> {
  const { root } = tree;
  if (await isSplit(tree, root)) return { base: dirname(root), classes: [nfc(basename(root))] };
  const classes: string[] = [];
  for (const name of await tree.folders(root)) {
    if (await isSplit(tree, join(root, name))) classes.push(nfc(name));
  }
  return { base: root, classes };
}

/** The match of a root whose class folders are of this family and at least one of which passes `fits`. */
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
      reads: `read are train/${form.good}, validation, and test with one folder per defect type`,
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

/** Reports that a class has no training pictures. */
export async function reportEmptyClass(tree: Tree, className: string, folder: string): Promise<void> {
  const files = (await tree.list(folder))?.files ?? [];
  const sentence =
    `class "${className}" is empty: ${folder} must contain at least one ${FORMAT_NAMES} picture, but ` +
    (files.length > 0
      ? `its ${files.length} file(s) have other formats (${suffixCounts(files)}); convert them`
      : 'it has none; add some or exclude the class');
  tree.report(fault('empty-class', folder, sentence));
}

/** One class folder being read. */
interface Reading {
  readonly tree: Tree;
  /** The class folder's own name, the first part of ids. */
  own: string;
  folder: string;
  className: string;
  form: SplitTree;
}

/** The folder of good pictures or of one defect type in a split. */
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
    const all = await tree.folders(join(folder, name));
    for (const kind of all) {
      if (roleOf(kind).content === 'masks') {
        if (split === 'train') continue;
        const defects = all.filter((one) => roleOf(one).content !== 'masks' && !good.includes(one));
        const places = defects.map((one) => join(folder, name, one, ...inner));
        if (await isMasksOf(tree, join(folder, name, kind, ...inner), places)) continue;
      }
      found.push({ kind, parts: [name, kind, ...inner], good: kind === form.good || good.includes(kind) });
    }
  }
  return found;
}

/**
 * Whether a folder in a split with a name of masks holds the masks of defective pictures, by their names, and not the pictures of
 * a defect called so: of labels.
 */
async function isMasksOf(tree: Tree, folder: string, defects: readonly string[]): Promise<boolean> {
  const masks = await tree.pictures(folder);
  if (masks.length === 0) return true;
  const stems = new Set<string>();
  for (const defect of defects) for (const { stem } of await tree.pictures(defect)) stems.add(stem);
  return masks.some(({ stem }) => stems.has(stem) || maskedStem(stem, stems) !== undefined);
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

/** Reads the pictures of one defect type. Without a folder of masks in the class no masks are expected. */
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

/** The folder of a class's masks: the layout's, or another with such a name. */
async function maskRootOf({ tree, folder, form }: Reading): Promise<string> {
  const folders = await tree.folders(folder);
  const other = folders.includes(form.maskRoot)
    ? undefined
    : folders.find((name) => roleOf(name).content === 'masks');
  return join(folder, other ?? form.maskRoot);
}

/** A folder by its parts, in any Unicode form of their names. */
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
    // the masks belong to the test pictures, if any
    else records.test.push(...(await readDefective(reading, kind, test.length === 0 ? masks : undefined)));
  }
  await reportMasksAlone(reading, maskRoot, records);
  const defective = records.test.filter(({ defect }) => defect !== GOOD).length;
  if (!hasMasks && defective > 0) {
    const sentence =
      `${folder} has no masks: its ${defective} defective pictures count for image figures only, not for pixel figures; ` +
      `put masks at ${join(maskRoot, '<defect>', '<name>_mask.png')} to get both`;
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
    `class "${className}" is empty: ${loose} pictures are directly in ${join(folder, train!)}, but training reads those in ` +
    `${wanted}: move the good ones there`;
  tree.report(fault('empty-class', wanted, sentence));
}

/** Reports masks of defect types without pictures; good pictures need no mask. */
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
