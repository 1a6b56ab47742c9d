import { join } from 'node:path';
import type { Fault } from '../faults.js';
import type { LayoutName } from '../layouts/index.js';
import type { ClassRecords } from '../layouts/layout.js';
import { mapLimit } from '../mapLimit.js';
import { readFolder, sentenceOf, type OpenOptions } from '../openFolder.js';
import { countsOf, duplicates, lookalikes, oddities, otherCounts } from './compare.js';
import { examine, type Observation } from './examine.js';
import { findLicence } from './licence.js';

/** Pictures decoded concurrently. */
const READERS = 4;

export interface CheckOptions extends OpenOptions {
  /** Called after each picture with the number done and the total. */
  onProgress?(done: number, total: number): void;
}

export interface ClassSummary {
  name: string;
  train: number;
  validation: number;
  testGood: number;
  testDefective: number;
  /** Number of pictures of each size, the most common first: `{"900x900": 292}`. */
  sizes: Record<string, number>;
  /** The same for channels and depth: `{"RGB, 8 bits": 292}`. */
  channels: Record<string, number>;
}

/** The result of `checkDataset`. */
export interface CheckReport {
  layout: LayoutName;
  /** All findings, each once: first those from names and lists, then those from pictures. */
  findings: Fault[];
  classes: ClassSummary[];
  /** The owner's licence, if known. */
  licence: string | null;
  /** The published data set it matches, and its number of classes. */
  published: { title: string; classes: number } | null;
  errors: number;
  warnings: number;
  /** A summary in one sentence without a full stop. */
  sentence: string;
}

function tally(values: readonly (string | undefined)[]): Record<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  return Object.fromEntries([...counts].toSorted((a, b) => b[1] - a[1]));
}

/** Beyond these numbers, of pictures in all and of pairs in a class, pictures are not compared by how they look. */
const MOST_COMPARED = 50_000;
const MOST_PAIRS = 4_000_000;

const pairsIn = ({ train, test }: ClassRecords) =>
  train.length * test.filter(({ defect }) => defect === 'good').length;

const plural = (count: number, one: string) => `${count} ${one}${count === 1 ? '' : 's'}`;

function verdict(errors: number, warnings: number): string {
  if (errors + warnings === 0) return 'no problems found';
  return [errors > 0 && plural(errors, 'error'), warnings > 0 && plural(warnings, 'warning')]
    .filter((part) => part !== false)
    .join(' and ');
}

/**
 * Checks a whole data set: names and lists, and every picture and mask pixel by pixel. Pictures stream; what is kept of one
 * is its path, size and hash, and of a good one a thumbnail of 1 KiB. Where `openFolder` stops at the first fault, this names all.
 *
 * Throws a DataError only if there is nothing to check: no such folder, no matching layout, an unknown class, an invalid
 * list.
 */
export async function checkDataset(root: string, options: CheckOptions = {}): Promise<CheckReport> {
  const folder = await readFolder(root, options);
  const { tree, match, layout, classes, records } = folder;
  const work = classes.flatMap((name) => {
    const of = records.get(name)!;
    return (['train', 'validation', 'test'] as const).flatMap((split) =>
      of[split].map((record) => ({ record, split })),
    );
  });
  // every test picture is compared with every training picture of its class
  const compared = new Set(
    work.length > MOST_COMPARED ? [] : classes.filter((name) => pairsIn(records.get(name)!) <= MOST_PAIRS),
  );
  let done = 0;
  const observed = await mapLimit(work, READERS, async ({ record, split }) => {
    const seen = await examine(record, split, compared.has(record.className));
    options.onProgress?.(++done, work.length);
    return seen;
  });
  const byClass = new Map<string, Observation[]>(classes.map((name) => [name, []]));
  for (const seen of observed) byClass.get(seen.record.className)!.push(seen);
  const known = match.known;
  // a mask that determines its picture's label was read before
  const told = new Set(tree.faults.map(({ sentence }) => sentence));
  const findings = [
    ...tree.faults,
    ...observed.flatMap(({ faults }) => faults).filter(({ sentence }) => !told.has(sentence)),
    ...duplicates(observed),
    ...classes.flatMap((name) => lookalikes(name, byClass.get(name)!)),
    ...classes.flatMap((name) => oddities(name, byClass.get(name)!)),
    ...classes.flatMap((name) => otherCounts(name, records.get(name)!, known, join(match.base, name))),
  ];
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const warnings = findings.length - errors;
  const licence = (await findLicence(folder)) ?? null;
  return {
    layout,
    findings,
    classes: classes.map((name) => summarise(name, records.get(name)!, byClass.get(name)!)),
    licence,
    published: known ? { title: known.title, classes: Object.keys(known.classes).length } : null,
    errors,
    warnings,
    sentence: `${sentenceOf(folder)}; ${verdict(errors, warnings)}`,
  };
}

function summarise(name: string, records: ClassRecords, observed: readonly Observation[]): ClassSummary {
  const [train, testGood, testDefective, validation] = countsOf(records);
  return {
    name,
    train,
    validation,
    testGood,
    testDefective,
    sizes: tally(observed.map(({ size }) => size)),
    channels: tally(observed.map(({ channels }) => channels)),
  };
}
