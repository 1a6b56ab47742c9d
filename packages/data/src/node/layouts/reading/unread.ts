// Pictures in a data set that are not read. Each is counted and reported, so that none is ignored silently.
import { realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fault } from '../../faults.js';
import { suffixOf } from '../../../names/suffixes.js';
import type { ClassRecords } from '../layout.js';
import { namesSplit, roleOf } from '../../../names/roles.js';
import type { Tree } from './tree.js';

/** Where to search, and what is read there. */
export interface UnreadSearch {
  /** Absolute paths of folders; each is searched to any depth. */
  folders: readonly string[];
  /** Names of excluded folders. */
  skips: readonly string[];
  records: Iterable<ClassRecords>;
  /** The reason why others are not read, as the end of a sentence. */
  reads: string;
  /** Only check formats: a list selects the pictures. */
  formatsOnly: boolean;
}

/** Maximum number of folders listed; more are counted. */
const MOST_NAMED = 20;
const MOST_SUFFIXES = 8;

/** `3 .gif, 1 .avif`, the most common first. */
export function suffixCounts(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) {
    const suffix = suffixOf(name) || 'without suffix';
    counts.set(suffix, (counts.get(suffix) ?? 0) + 1);
  }
  const sorted = [...counts].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const shown = sorted.slice(0, MOST_SUFFIXES).map(([suffix, count]) => `${count} ${suffix}`);
  const left = sorted.length - shown.length;
  return shown.join(', ') + (left > 0 ? ` and ${left} more formats` : '');
}

const pictures = (count: number) => `${count} ${count === 1 ? 'picture is' : 'pictures are'} not read`;

/** The message for files in unsupported formats. `where` is their folder. */
export const formatsSentence = (where: string, names: readonly string[]): string =>
  `${where}: ${names.length} ${names.length === 1 ? 'file is' : 'files are'} not read because of their format ` +
  `(${suffixCounts(names)}): convert them to PNG or JPEG, or remove them`;

/** Reports, by folder, pictures that are in no record, and once the files in unsupported formats. */
export async function reportUnread(tree: Tree, search: UnreadSearch): Promise<void> {
  const used = new Set<string>();
  for (const { train, validation, test } of search.records) {
    for (const { path, masks } of [...train, ...validation, ...test])
      for (const one of [path, ...masks]) used.add(one);
  }
  const reading = new Set<string>();
  for (const path of used) {
    for (let folder = dirname(path); !reading.has(folder); folder = dirname(folder)) reading.add(folder);
  }
  const left: string[] = [];
  const others: string[] = [];
  const visited = new Set<string>();
  const isKnown = (path: string) => used.has(path) || tree.wasTold(path);
  // the pictures of the topmost folder with a name of masks, while it is visited
  const visit = async (folder: string, masks: string[] | undefined): Promise<void> => {
    // a link may point to a parent folder
    const real = await realpath(folder).catch(() => folder);
    if (visited.has(real)) return;
    visited.add(real);
    others.push(...(await tree.otherPictures(folder)));
    if (!search.formatsOnly) {
      const paths = (await tree.pictures(folder)).map(({ name }) => join(folder, name));
      if (masks === undefined) left.push(...paths.filter((path) => !isKnown(path)));
      else masks.push(...paths);
    }
    for (const name of await tree.folders(folder)) {
      if (search.skips.includes(name)) continue;
      const inside: string[] | undefined = masks ?? (roleOf(name).content === 'masks' ? [] : undefined);
      await visit(join(folder, name), inside);
      // the search for masks reports unused ones; where none was searched, they may be pictures; good ones need no masks
      const isOfGood = roleOf(basename(folder)).content === 'good';
      if (masks === undefined && !isOfGood && inside?.some(isKnown) === false) left.push(...inside);
    }
  };
  const { faults } = await tree.look(async () => {
    for (const folder of search.folders) await visit(folder, undefined);
  });
  for (const { file, sentence } of faults) {
    // a folder that the layout reads is already reported
    if (!tree.wasTold(file)) tree.report(fault('not-read', file, sentence));
  }
  const groups = new Map<string, number>();
  for (const path of left) {
    // the topmost folder without any picture read
    let group = dirname(path);
    while (!reading.has(group) && !reading.has(dirname(group)) && dirname(group).startsWith(tree.root))
      group = dirname(group);
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }
  const named = [...groups].slice(0, MOST_NAMED);
  for (const [folder, count] of named) {
    const sentence = `${folder}: ${pictures(count)}: ${whyNot(folder, search.reads)}`;
    tree.report(fault('not-read', folder, sentence));
  }
  const rest = [...groups].slice(MOST_NAMED);
  if (rest.length > 0) {
    const count = rest.reduce((sum, [, n]) => sum + n, 0);
    const sentence = `${tree.root}: ${pictures(count)} in ${rest.length} more folders: ${search.reads}`;
    tree.report(fault('not-read', tree.root, sentence));
  }
  if (others.length > 0) tree.report(fault('not-read', tree.root, formatsSentence(tree.root, others)));
}

function whyNot(folder: string, reads: string): string {
  if (roleOf(basename(folder)).content === 'masks')
    return 'the folder has the name of masks, and nothing looks for masks there; if it holds defective pictures, rename it';
  const inTraining = namesSplit(dirname(folder).split(/[\\/]/).at(-1)!) === 'train';
  return inTraining ? 'training uses only the folder of good pictures' : reads;
}
