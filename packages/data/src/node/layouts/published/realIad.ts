// Real-IAD (https://huggingface.co/datasets/REAL-IAD/Real-IAD): pictures in realiad_<size>/<class>/{OK,NG/<defect>}/S0001/…, and
// beside them realiad_jsons/<split>/<class>.json, which states the use of each:
//   {"train": [{"image_path", "mask_path" (or null), "anomaly_class" ("OK" is good)}, …], "test": [the same]}
// with paths relative to the class's folder. Five views of a piece are five pictures here.
import { basename, dirname, join, parse } from 'node:path';
import { DataError } from '../../../errors.js';
import { fault } from '../../faults.js';
import { oneLine } from '../../decoding/oneLine.js';
import { nfc } from '../../../names/fold.js';
import { REAL_IAD } from '../known.js';
import { noRecords, type ClassRecords, type Layout } from '../layout.js';
import { readList, resolveListed, wayDown } from './listedFiles.js';
import { GOOD } from '../reading/splitTree.js';
import type { Tree } from '../reading/tree.js';

const LISTS = 'realiad_jsons';
const OK = 'OK';
/** The preferred of several sizes: the benchmarks', then the next smaller ones. */
const SIZES = ['realiad_1024', 'realiad_512', 'realiad_256', 'realiad_raw'];

interface Item {
  image: string;
  mask: string | null;
  defect: string;
  where: string;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The items of a list by split. Throws a DataError if it is not JSON of that form; an invalid item is passed to `bad`. */
export function parseRealIadJson(
  text: string,
  path: string,
  bad: (where: string, what: string) => void,
): Record<'train' | 'test', Item[]> {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch (error) {
    throw new DataError(`${path} is not valid JSON (${oneLine(error)}): replace it`, { cause: error });
  }
  const items = (split: 'train' | 'test'): Item[] => {
    const list = isObject(found) ? found[split] : undefined;
    if (!Array.isArray(list)) {
      throw new DataError(
        `${path} must be an object with the lists "train" and "test" but "${split}" is not a list: replace it`,
      );
    }
    const sound: Item[] = [];
    (list as unknown[]).forEach((item, index) => {
      const where = `${path}, ${split}[${index}]`;
      const { image_path: image, mask_path: mask, anomaly_class: defect } = isObject(item) ? item : {};
      if (typeof image !== 'string' || image === '') bad(where, 'image_path must be a path');
      else if (mask !== null && mask !== undefined && typeof mask !== 'string') {
        bad(where, 'mask_path must be a path or null');
      } else if (typeof defect !== 'string' || wayDown(defect)?.length !== 1) {
        bad(where, 'anomaly_class must be OK or a defect type');
      } else sound.push({ image: image.replace(/^\.\//, ''), mask: mask || null, defect, where });
    });
    return sound;
  };
  return { train: items('train'), test: items('test') };
}

async function readClass(tree: Tree, base: string, className: string, list: string): Promise<ClassRecords> {
  const records = noRecords();
  const bad = (where: string, what: string) =>
    tree.report(fault('bad-list', list, `${where}: ${what}; correct the list`));
  const items = parseRealIadJson(await readList(list), list, bad);
  const folder = join(base, className);
  const seen = new Map<string, 'train' | 'test'>();
  let defectiveTraining = 0;
  for (const split of ['train', 'test'] as const) {
    for (const { image, mask, defect, where } of items[split]) {
      const before = seen.get(nfc(image));
      if (before === split) {
        bad(where, `${JSON.stringify(image.slice(0, 200))} is listed twice`);
        continue;
      }
      if (before) {
        const sentence = `${where}: ${JSON.stringify(image.slice(0, 200))} is listed for ${before} and for ${split}; keep one of the items`;
        tree.report(fault('train-and-test', join(folder, image), sentence));
        continue;
      }
      seen.set(nfc(image), split);
      if (split === 'train' && defect !== OK) {
        defectiveTraining++;
        continue;
      }
      const path = await resolveListed(tree, folder, image, where);
      if (path === undefined) continue;
      const id = `${className}/${image}`;
      const record = { id, className, defect: defect === OK ? GOOD : defect, path, masks: [] as string[] };
      if (defect !== OK && mask === null) {
        const sentence = `${where}: ${path} is defective but the list names no mask: it is not used for pixel figures`;
        // the published lists have such pictures
        tree.report(fault('missing-mask', path, sentence, 'warning'));
      } else if (defect !== OK && mask !== null) {
        const maskPath = await resolveListed(tree, folder, mask, where);
        if (maskPath !== undefined) record.masks.push(maskPath);
      }
      records[split].push(record);
    }
  }
  if (defectiveTraining > 0) {
    const sentence = `${list}: ${defectiveTraining} training picture(s) are defective: not read, because training uses only good pictures`;
    tree.report(fault('not-read', list, sentence));
  }
  if (records.train.length === 0) {
    const sentence = `class "${className}" is empty: ${list} must list at least one good training picture that exists`;
    tree.report(fault('empty-class', list, sentence));
  }
  return records;
}

/** The names of the lists in a folder, without extension. */
async function listsIn(tree: Tree, folder: string): Promise<string[]> {
  const files = (await tree.list(folder))?.files ?? [];
  return files.filter((name) => name.endsWith('.json')).map((name) => parse(name).name);
}

/** The folder of lists, and its name in messages. Throws a DataError if the requested split is missing. */
async function findLists(tree: Tree, split: string | undefined): Promise<{ folder: string; name: string }> {
  const { root } = tree;
  const homes = [join(root, LISTS)];
  // for the folder of one size, the lists are beside it
  if (basename(root).startsWith('realiad_')) homes.push(join(dirname(root), LISTS));
  for (const home of homes) {
    const splits = await tree.folders(home);
    const name = split ?? LISTS;
    if (splits.includes(name)) return { folder: join(home, name), name };
    if (split !== undefined && splits.length > 0) {
      throw new DataError(`${home} has no lists ${split}: choose among ${splits.join(', ')}`);
    }
    if ((await listsIn(tree, home)).length > 0) return { folder: home, name: LISTS };
  }
  return { folder: root, name: 'beside the classes' };
}

export const realIad: Layout<'real-iad'> = {
  name: 'real-iad',
  wanted: `realiad_<size>/<class>/{OK,NG}/… and ${LISTS}/${LISTS}/<class>.json, or <class>.json beside the class folders`,
  async find(tree, split) {
    const lists = await findLists(tree, split);
    const there = await tree.folders(tree.root);
    const size = SIZES.find((name) => there.includes(name));
    const base = size === undefined ? tree.root : join(tree.root, size);
    const folders = await tree.folders(base);
    const named = await listsIn(tree, lists.folder);
    const classes = folders.filter((name) => named.includes(name));
    if (classes.length === 0) return undefined;
    for (const name of named.filter((name) => !folders.includes(name))) {
      const path = join(lists.folder, `${name}.json`);
      tree.report(
        fault(
          'not-read',
          path,
          `${path} lists class ${name}, but ${join(base, name)} does not exist: not read`,
        ),
      );
    }
    return {
      title: REAL_IAD.title,
      detail: [size, `lists ${lists.name}`].filter((part) => part !== undefined).join(', '),
      known: REAL_IAD,
      base,
      reads: 'the lists select them',
      classes,
      readClass: (className) => readClass(tree, base, className, join(lists.folder, `${className}.json`)),
    };
  },
};
