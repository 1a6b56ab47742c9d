import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataError } from '../errors.js';
import { fileReason } from './files.js';
import { requireClear, requireNoExport } from './layouts/folders/clear.js';
import { LAYOUT_NAMES, LAYOUTS, type LayoutName } from './layouts/index.js';
import type { Match } from './layouts/layout.js';
import { products } from './layouts/folders/products.js';
import { hasTraining } from './layouts/reading/splitTree.js';
import { Tree } from './layouts/reading/tree.js';
import { formatsSentence } from './layouts/reading/unread.js';

export interface DetectOptions {
  /** Read the folder as this layout, without detection. */
  layout?: LayoutName;
  /** Which of the lists of VisA (`1cls`) or Real-IAD (`realiad_jsons_sv`) to follow. Default: the benchmarks'. */
  split?: string;
}

/** A folder with a known layout, before its pictures are listed. */
export interface Detected {
  layout: LayoutName;
  match: Match;
  tree: Tree;
}

const WITH_SPLITS: readonly LayoutName[] = ['visa', 'real-iad'];

async function requireFolder(root: string): Promise<void> {
  let found;
  try {
    found = await stat(root);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new DataError(`${root} does not exist: pass the folder of a data set`);
    throw new DataError(`${root} cannot be read: ${fileReason(error)}`, { cause: error });
  }
  if (!found.isDirectory()) throw new DataError(`${root} is a file: pass the folder of a data set`);
}

/** A short description of a folder's content. */
async function describe(tree: Tree): Promise<string> {
  const { folders, files } = (await tree.list(tree.root)) ?? { folders: [], files: [] };
  const some = (names: string[], one: string) => {
    if (names.length === 0) return `no ${one}s`;
    const shown = names.slice(0, 4).join(', ');
    return `${names.length} ${one}${names.length === 1 ? '' : 's'} (${shown}${names.length > 4 ? ', …' : ''})`;
  };
  return `it contains ${some(folders, 'folder')} and ${some(files, 'file')}`;
}

async function otherPictures(tree: Tree, folder: string, depth: number): Promise<string[]> {
  const found = [...(await tree.otherPictures(folder))];
  if (depth === 0) return found;
  for (const name of await tree.folders(folder))
    found.push(...(await otherPictures(tree, join(folder, name), depth - 1)));
  return found;
}

async function nothingFits(tree: Tree): Promise<DataError> {
  // a folder that cannot be read, or links out of it, is the better reason
  const [reason] = tree.faults;
  if (reason) return new DataError(reason.sentence);
  const others = await tree.look(() => otherPictures(tree, tree.root, 3));
  if (others.result.length > 0) return new DataError(formatsSentence(tree.root, others.result));
  const wanted = LAYOUTS.toReversed().map(({ name, wanted }) => `${wanted} (${name})`);
  return new DataError(
    `${tree.root} matches no layout: ${await describe(tree)}, but expected are pictures as ${wanted.join('; or ')}`,
  );
}

async function hasGoodTraining(tree: Tree, { classes, folderOf }: Match): Promise<boolean> {
  for (const name of classes) if (folderOf && (await hasTraining(tree, folderOf(name)))) return true;
  return false;
}

/**
 * Detects the layout of the data set in a folder, or uses `layout`. Reads lists and names in folders, opens no
 * picture. Throws a DataError, one sentence, if the folder cannot be read or no layout matches: what was expected and what
 * was found.
 */
export async function detectFolder(root: string, options: DetectOptions = {}): Promise<Detected> {
  const { layout: asked, split } = options;
  const folder = resolve(root);
  if (asked !== undefined && !LAYOUT_NAMES.includes(asked)) {
    throw new DataError(`unknown layout "${String(asked)}": choose among ${LAYOUT_NAMES.join(', ')}`);
  }
  await requireFolder(folder);
  const tree = new Tree(folder);
  for (const layout of LAYOUTS) {
    if (asked !== undefined && layout.name !== asked) continue;
    if (asked === undefined && layout.name === 'products') await tree.look(() => requireClear(tree));
    let { name, match }: { name: LayoutName; match: Match | undefined } = {
      name: layout.name,
      match: await layout.find(tree, split),
    };
    if (!match) {
      if (asked === undefined) continue;
      throw new DataError(
        `${folder} does not match the layout "${asked}": ${await describe(tree)}, but expected are ${layout.wanted}`,
      );
    }
    if (name === 'mvtec' && asked === undefined) {
      // a class without a folder of good training pictures may be another layout
      if (!(await hasGoodTraining(tree, match))) await tree.look(() => requireNoExport(tree));
      // products of other plain layouts beside those with train/ and test/
      const all = match.base === folder ? await products.find(tree) : undefined;
      if (all && all.classes.length > match.classes.length) {
        await tree.look(() => requireClear(tree));
        [name, match] = ['products', all];
      }
    }
    if (split !== undefined && !WITH_SPLITS.includes(name)) {
      throw new DataError(
        `${folder}: only ${WITH_SPLITS.join(' and ')} have several splits, and this is ${name}; omit the split`,
      );
    }
    return { layout: name, match, tree };
  }
  throw await nothingFits(tree);
}
