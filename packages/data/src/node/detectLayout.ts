import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataError } from '../errors.js';
import { fault } from './faults.js';
import { fileReason } from './files.js';
import { LAYOUT_NAMES, LAYOUTS, type LayoutName } from './layouts/index.js';
import type { Match } from './layouts/layout.js';
import { isProduct, products } from './layouts/products.js';
import { Tree } from './layouts/tree.js';

export interface DetectOptions {
  /** Read the folder as this layout, whatever it looks like. */
  layout?: LayoutName;
  /** Which of the lists of VisA (`1cls`) or Real-IAD (`realiad_jsons_sv`) to follow. Default: the benchmarks'. */
  split?: string;
}

/** A folder whose layout is known, before its pictures are listed. */
export interface Detected {
  layout: LayoutName;
  match: Match;
  tree: Tree;
}

const PLAIN: readonly LayoutName[] = ['good-bad', 'products', 'flat'];
const WITH_SPLITS: readonly LayoutName[] = ['visa', 'real-iad'];

async function requireFolder(root: string): Promise<void> {
  let found;
  try {
    found = await stat(root);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') throw new DataError(`${root} does not exist: give the folder of a data set`);
    throw new DataError(`${root} cannot be read: ${fileReason(error)}`, { cause: error });
  }
  if (!found.isDirectory()) throw new DataError(`${root} is a file: give the folder of a data set`);
}

/** What lies in a folder, in a few words. */
async function describe(tree: Tree): Promise<string> {
  const { folders, files } = (await tree.list(tree.root)) ?? { folders: [], files: [] };
  const some = (names: string[], one: string) => {
    if (names.length === 0) return `no ${one}s`;
    const shown = names.slice(0, 4).join(', ');
    return `${names.length} ${one}${names.length === 1 ? '' : 's'} (${shown}${names.length > 4 ? ', …' : ''})`;
  };
  return `it holds ${some(folders, 'folder')} and ${some(files, 'file')}`;
}

async function nothingFits(tree: Tree): Promise<DataError> {
  // a folder that cannot be read, or links out of it, are the better reason
  const [reason] = tree.faults;
  if (reason) return new DataError(reason.sentence);
  const wanted = LAYOUTS.toReversed().map(({ name, wanted }) => `${wanted} (${name})`);
  return new DataError(
    `${tree.root} fits no layout: ${await describe(tree)}, but wanted are pictures lying as ${wanted.join('; or ')}`,
  );
}

/** Reports folders that look like a product's and belong to no class of the layout. */
async function reportLeftOver(tree: Tree, { base, classes }: Match, layout: LayoutName): Promise<void> {
  if (base !== tree.root || PLAIN.includes(layout)) return;
  for (const name of await tree.folders(tree.root)) {
    const path = join(tree.root, name);
    if (classes.includes(name) || !(await isProduct(tree, path))) continue;
    const sentence = `${path} is not read: it holds pictures but does not lie as the other classes do`;
    tree.report(fault('not-read', path, sentence));
  }
}

/**
 * Finds out how the data set in a folder lies, or takes it as `layout`. Reads lists and the names in folders, opens no
 * picture. Throws a DataError, one sentence, where the folder cannot be read or nothing fits: what was looked for and what
 * is there.
 */
export async function detectFolder(root: string, options: DetectOptions = {}): Promise<Detected> {
  const { layout: asked, split } = options;
  const folder = resolve(root);
  if (asked !== undefined && !LAYOUT_NAMES.includes(asked)) {
    throw new DataError(`there is no layout "${String(asked)}": choose among ${LAYOUT_NAMES.join(', ')}`);
  }
  await requireFolder(folder);
  const tree = new Tree(folder);
  for (const layout of LAYOUTS) {
    if (asked !== undefined && layout.name !== asked) continue;
    let { name, match }: { name: LayoutName; match: Match | undefined } = {
      name: layout.name,
      match: await layout.find(tree, split),
    };
    if (!match) {
      if (asked === undefined) continue;
      throw new DataError(
        `${folder} does not lie as "${asked}": ${await describe(tree)}, but wanted are ${layout.wanted}`,
      );
    }
    if (name === 'mvtec' && asked === undefined && match.base === folder) {
      // products of other plain forms beside those with train/ and test/
      const all = await products.find(tree);
      if (all && all.classes.length > match.classes.length) [name, match] = ['products', all];
    }
    if (split !== undefined && !WITH_SPLITS.includes(name)) {
      throw new DataError(
        `${folder}: only ${WITH_SPLITS.join(' and ')} have several splits, and this is ${name}; leave the split out`,
      );
    }
    await reportLeftOver(tree, match, name);
    return { layout: name, match, tree };
  }
  throw await nothingFits(tree);
}
