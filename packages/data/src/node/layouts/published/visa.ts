// VisA as it is published (https://github.com/amazon-science/spot-diff): pictures in <class>/Data/Images/{Normal,Anomaly}, masks
// in <class>/Data/Masks/Anomaly (values are the numbers of defects), and lists split_csv/<name>.csv that state the use of each
// picture: object,split,label,image,mask with paths relative to the root.
import { join } from 'node:path';
import { parse as parseCsv } from 'csv-parse/sync';
import { DataError } from '../../../errors.js';
import { fault } from '../../faults.js';
import { oneLine } from '../../decoding/oneLine.js';
import { nfc } from '../../../names/fold.js';
import { VISA } from '../known.js';
import { noRecords, type ClassRecords, type Layout } from '../layout.js';
import { readList, resolveListed, wayDown } from './listedFiles.js';
import { GOOD } from '../reading/splitTree.js';
import type { Tree } from '../reading/tree.js';

const FOLDER = 'split_csv';
/** The split of the benchmarks: one class against itself, 90 % of the good pictures for training. */
const STANDARD = '1cls.csv';
const COLUMNS = ['object', 'split', 'label', 'image', 'mask'] as const;
/** The name of a defective picture's defect; the list has no more detail. */
const ANOMALY = 'anomaly';

type Row = Record<(typeof COLUMNS)[number], string> & { where: string };

const firstLine = (text: string) => text.split(/\r?\n/, 1)[0]!;

/** The rows of a list, its columns separated by commas, semicolons or tabs. Throws a DataError if it is not CSV or lacks a column. */
export function parseVisaCsv(text: string, path: string): Row[] {
  let lines: { record: string[]; info: { lines: number } }[];
  try {
    const options = {
      bom: true,
      delimiter: [',', ';', '\t'].find((one) => firstLine(text).includes(one)) ?? ',',
      info: true,
      relax_column_count: true,
      skip_empty_lines: true,
      trim: true,
    } as const;
    lines = parseCsv(text, options) as unknown as typeof lines;
  } catch (error) {
    throw new DataError(`${path} is not valid CSV (${oneLine(error)}): replace it`, { cause: error });
  }
  const header = (lines[0]?.record ?? []).map((name) => name.toLowerCase());
  const missing = COLUMNS.filter((name) => !header.includes(name));
  if (missing.length > 0) {
    throw new DataError(
      `${path} must start with the columns ${COLUMNS.join(',')} but lacks ${missing.join(', ')}: replace it`,
    );
  }
  const at = (record: string[], name: (typeof COLUMNS)[number]) => record[header.indexOf(name)] ?? '';
  return lines.slice(1).map(({ record, info }) => ({
    object: at(record, 'object'),
    split: at(record, 'split'),
    label: at(record, 'label'),
    image: at(record, 'image'),
    mask: at(record, 'mask'),
    where: `${path}, line ${info.lines}`,
  }));
}

/** Files in a class's folders that no row names. */
async function reportUnlisted(tree: Tree, className: string, rows: Row[]): Promise<void> {
  const listed = new Set(
    rows.flatMap(({ image, mask }) => [image, mask].map((path) => nfc(path.replace(/^\.\//, '')))),
  );
  const masks = [className, 'Data', 'Masks', 'Anomaly'];
  // if the list excludes a picture, its mask is excluded too
  const pictures = await tree.pictures(join(tree.root, className, 'Data', 'Images', 'Anomaly'));
  const stems = new Set(pictures.map(({ stem }) => stem));
  for (const { name, stem } of await tree.pictures(join(tree.root, ...masks))) {
    if (listed.has(nfc([...masks, name].join('/'))) || stems.has(stem)) continue;
    const path = join(tree.root, ...masks, name);
    tree.report(
      fault(
        'orphan-mask',
        path,
        `${path} is a mask without a picture, and no line of the list names it: remove it`,
      ),
    );
  }
  for (const kind of ['Normal', 'Anomaly']) {
    const parts = [className, 'Data', 'Images', kind];
    const folder = join(tree.root, ...parts);
    const others = (await tree.pictures(folder)).filter(
      ({ name }) => !listed.has(nfc([...parts, name].join('/'))),
    );
    const [first] = others;
    if (!first) continue;
    const more = others.length === 1 ? '' : ` and ${others.length - 1} more`;
    const path = join(folder, first.name);
    tree.report(fault('not-read', path, `${path}${more} is not in the list: not read`));
  }
}

/** Reads the rows of a class; `seen` are the pictures of all classes so far, by path. */
async function readClass(
  tree: Tree,
  className: string,
  rows: Row[],
  list: string,
  seen: Map<string, Row>,
): Promise<ClassRecords> {
  const records = noRecords();
  let defectiveTraining = 0;
  for (const row of rows) {
    const { split, label, mask, where } = row;
    const image = row.image.replace(/^\.\//, '');
    const bad = (what: string) => tree.report(fault('bad-list', list, `${where}: ${what}; correct the list`));
    if (split !== 'train' && split !== 'test') {
      bad(`split must be train or test, got ${JSON.stringify(split.slice(0, 40))}`);
      continue;
    }
    if (label !== 'normal' && label !== ANOMALY) {
      bad(`label must be normal or anomaly, got ${JSON.stringify(label.slice(0, 40))}`);
      continue;
    }
    const before = seen.get(nfc(image));
    if (before && before.split === split) {
      bad(`${JSON.stringify(image.slice(0, 200))} is listed twice`);
      continue;
    }
    if (before) {
      const sentence = `${where}: ${JSON.stringify(image.slice(0, 200))} is listed for ${before.split} and for ${split}; keep one of the lines`;
      tree.report(fault('train-and-test', join(tree.root, image), sentence));
      continue;
    }
    seen.set(nfc(image), row);
    if (split === 'train' && label === ANOMALY) {
      defectiveTraining++;
      continue;
    }
    const path = await resolveListed(tree, tree.root, image, where);
    if (path === undefined) continue;
    const defect = label === ANOMALY ? ANOMALY : GOOD;
    const record = { id: image, className, defect, path, masks: [] as string[] };
    if (defect !== GOOD) {
      if (mask === '') {
        tree.report(
          fault('missing-mask', path, `${where}: ${path} is defective but has no mask: add it to the list`),
        );
      } else {
        const maskPath = await resolveListed(tree, tree.root, mask, where);
        if (maskPath !== undefined) record.masks.push(maskPath);
      }
    }
    records[split].push(record);
  }
  if (defectiveTraining > 0) {
    const sentence = `${list}: ${defectiveTraining} training picture(s) of class ${className} are defective: not read, training takes good pictures alone`;
    tree.report(fault('not-read', list, sentence));
  }
  if (records.train.length === 0) {
    const sentence = `class "${className}" is empty: ${list} must list at least one good training picture of it that exists`;
    tree.report(fault('empty-class', list, sentence));
  }
  await reportUnlisted(tree, className, rows);
  return records;
}

export const visa: Layout<'visa'> = {
  name: 'visa',
  wanted: `${FOLDER}/${STANDARD} and <class>/Data/Images/{Normal,Anomaly}/*.JPG`,
  async find(tree, split) {
    const folder = join(tree.root, FOLDER);
    const lists = ((await tree.list(folder))?.files ?? []).filter((name) => name.endsWith('.csv'));
    if (lists.length === 0) return undefined;
    const name = split === undefined ? STANDARD : split.replace(/(\.csv)?$/, '.csv');
    if (!lists.includes(name)) {
      throw new DataError(`${folder} has no list ${name}: choose among ${lists.join(', ')}`);
    }
    const list = join(folder, name);
    const rows = new Map<string, Row[]>();
    for (const row of parseVisaCsv(await readList(list), list)) {
      const ofClass = rows.get(row.object);
      if (ofClass) ofClass.push(row);
      else if (wayDown(row.object)?.length === 1) rows.set(row.object, [row]);
      else tree.report(fault('bad-list', list, `${row.where}: object must name a class; correct the list`));
    }
    const seen = new Map<string, Row>();
    return {
      title: VISA.title,
      detail: `raw form, split ${name}`,
      known: name === STANDARD ? VISA : { ...VISA, classes: {} },
      base: tree.root,
      reads: 'the list selects them',
      classes: [...rows.keys()].toSorted(),
      readClass: (className) => readClass(tree, className, rows.get(className) ?? [], list, seen),
    };
  },
};
