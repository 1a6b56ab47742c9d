import { someOf } from '../names/someOf.js';
import { basename } from 'node:path';
import { DataError } from '../errors.js';
import type { Dataset } from '../types.js';
import { detectFolder, type Detected, type DetectOptions } from './detectLayout.js';
import { throwFirst } from './faults.js';
import { checkRecord, fileSample, type PictureRecord } from './fileSample.js';
import { consistsOf } from './layouts/known.js';
import type { LayoutName } from './layouts/index.js';
import type { ClassRecords } from './layouts/layout.js';
import { nfc } from '../names/fold.js';
import { reportUnread } from './layouts/reading/unread.js';
import { mapLimit } from './mapLimit.js';

/** Headers read concurrently: enough to hide the disk's latency, few enough for the limit on open files. */
const READERS = 16;

export interface OpenOptions extends DetectOptions {
  /** Read only these classes; others are not examined. Default: all. */
  classes?: readonly string[];
}

export interface OpenedFolder {
  dataset: Dataset;
  layout: LayoutName;
  /** A summary in one sentence without a full stop. */
  sentence: string;
  /** Warnings, which do not stop training: mainly about pictures that are not read. */
  notices: string[];
}

/** A folder with its listed pictures; the faults visible from names and lists are in the tree. */
export interface ReadFolder extends Detected {
  classes: string[];
  records: Map<string, ClassRecords>;
}

function choose(root: string, names: string[], wanted: readonly string[] | undefined): string[] {
  if (!wanted) return names;
  const asked = new Set(wanted.map(nfc));
  const unknown = [...asked].filter((name) => !names.some((one) => nfc(one) === name));
  if (wanted.length === 0 || unknown.length > 0) {
    const shown = unknown.map((name) => `"${name}"`).join(', ');
    throw new DataError(
      `${root} ${shown ? `has no class ${shown}` : 'got an empty list of classes'}: choose among ${someOf(names)}`,
    );
  }
  return names.filter((name) => asked.has(nfc(name)));
}

/** Lists the pictures of a folder's classes; faults are collected, not thrown. */
export async function readFolder(root: string, options: OpenOptions): Promise<ReadFolder> {
  const detected = await detectFolder(root, options);
  const { match, tree } = detected;
  const classes = choose(tree.root, match.classes, options.classes);
  const records = new Map<string, ClassRecords>();
  for (const name of classes) records.set(name, await match.readClass(name));
  const { folderOf } = match;
  await reportUnread(tree, {
    folders: folderOf && options.classes ? classes.map(folderOf) : [tree.root],
    skips: match.skips ?? [],
    records: records.values(),
    reads: match.reads,
    formatsOnly: folderOf === undefined,
  });
  tree.forget();
  return { ...detected, classes, records };
}

/** An integer with commas between thousands, the same on every machine. */
export const withCommas = (count: number) => String(count).replace(/\B(?=(\d{3})+$)/g, ',');

/** A summary of a folder in one sentence: path, layout, numbers of classes and pictures. */
export function sentenceOf({ tree, match, classes, records }: ReadFolder): string {
  const all = [...records.values()];
  const sum = (split: keyof ClassRecords) => all.reduce((total, of) => total + of[split].length, 0);
  const names = classes.length <= 4 ? ` (${classes.join(', ')})` : '';
  const validation = sum('validation') === 0 ? '' : `, ${withCommas(sum('validation'))} validation`;
  const kind = match.detail === undefined ? match.title : `${match.title}, ${match.detail}`;
  return (
    `${tree.root}: ${kind}: ${classes.length} class${classes.length === 1 ? '' : 'es'}${names}, ` +
    `${withCommas(sum('train'))} training${validation} and ${withCommas(sum('test'))} test pictures`
  );
}

/** The owner's licence, if all classes are those of a known data set. */
export function licenceOf({ match, layout, classes }: ReadFolder): string | undefined {
  const { known } = match;
  return known && (layout === 'real-iad' || consistsOf(known, classes)) ? known.licence : undefined;
}

/**
 * Opens the data set in a folder with a detected or given layout. Ids are paths relative to `dataset.root` with forward
 * slashes, the same on every machine. Samples are sorted by class, then by the layout's order, numbers by value; the
 * lists of VisA and Real-IAD keep their order. Pixels are read at `load`, one picture at a time.
 *
 * All headers are read here, so that a mask of another size or a file that is not a picture is reported before an hour of
 * training; damaged pixels are detected by `load`. Throws a DataError for the first fault: missing folder, no matching layout,
 * unknown class, class without training pictures, missing, orphaned or mismatched mask, unreadable file, a link or a listed
 * path that leaves the folder, …
 */
export async function openFolder(root: string, options: OpenOptions = {}): Promise<OpenedFolder> {
  const folder = await readFolder(root, options);
  const { tree, match, layout, classes, records } = folder;
  throwFirst(tree.faults);
  const all = [...records.values()];
  const of = (split: keyof ClassRecords): PictureRecord[] => all.flatMap((record) => record[split]);
  const [train, validation, test] = [of('train'), of('validation'), of('test')];
  await mapLimit([...train, ...validation, ...test], READERS, checkRecord);
  const licence = licenceOf(folder);
  const dataset: Dataset = {
    name: basename(tree.root),
    root: match.base,
    classes,
    train: train.map(fileSample),
    test: test.map(fileSample),
    ...(validation.length > 0 && { validation: validation.map(fileSample) }),
    ...(licence !== undefined && { licence }),
  };
  const notices = tree.faults
    .filter(({ severity }) => severity === 'warning')
    .map(({ sentence }) => sentence);
  return { dataset, layout, sentence: sentenceOf(folder), notices };
}

/** Opens a folder in MVTec AD's layout, as `openFolder` does with that layout given. */
export async function readMvtec(root: string, options: Pick<OpenOptions, 'classes'> = {}): Promise<Dataset> {
  return (await openFolder(root, { ...options, layout: 'mvtec' })).dataset;
}
