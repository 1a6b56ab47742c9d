// Findings from comparing the pictures of a data set with each other.
import { fault, type Fault, type FaultKind } from '../faults.js';
import type { ClassRecords } from '../layouts/layout.js';
import type { Counts, KnownDataset } from '../layouts/known.js';
import type { Observation } from './examine.js';
import { looksSame } from './thumbnail.js';

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** Pictures of the same pixels: each but the first of its kind is named once, with the one it repeats. */
export function duplicates(observed: readonly Observation[]): Fault[] {
  const faults: Fault[] = [];
  for (const group of groupBy(observed, ({ hash }) => hash).values()) {
    if (group.length === 1) continue;
    const firstSeen = group.find(({ split }) => split !== 'test');
    const firstTest = group.find(({ split }) => split === 'test');
    for (const { record, split } of group) {
      const { path } = record;
      if (split === 'test' && firstSeen) {
        const sentence = `${path} is the same picture as ${firstSeen.record.path}: a test picture must not be used in training; remove one`;
        faults.push(fault('train-and-test', path, sentence));
        continue;
      }
      const first = (split === 'test' ? firstTest : firstSeen)!;
      if (first.record === record) continue;
      faults.push(
        fault('duplicate', path, `${path} is the same picture as ${first.record.path}: remove one of them`),
      );
    }
  }
  return faults;
}

/** Good test pictures of a class that look like one of training, as after saving as JPEG; said once, with an example. */
export function lookalikes(className: string, observed: readonly Observation[]): Fault[] {
  const trained = observed.filter(({ split, thumbnail }) => split === 'train' && thumbnail);
  const pairs = observed.flatMap((seen) => {
    if (seen.split !== 'test' || !seen.thumbnail) return [];
    const twin = trained.find(
      ({ thumbnail, size, hash }) =>
        size === seen.size && hash !== seen.hash && looksSame(thumbnail!, seen.thumbnail!),
    );
    return twin ? [{ seen, twin }] : [];
  });
  const [first] = pairs;
  if (!first) return [];
  const { path } = first.seen.record;
  const more =
    pairs.length === 1 ? '' : ` and ${pairs.length - 1} more good test pictures of class ${className}`;
  const sentence =
    `${path}${more} ${pairs.length === 1 ? 'looks' : 'look'} like a training picture (${first.twin.record.path}), as if it was saved again: ` +
    'a test picture must not be used in training; remove one if they are the same';
  return [fault('looks-trained', path, sentence)];
}

/** Above this number, deviating values are reported as one finding. */
const MOST_ODD = 3;

function odd(
  className: string,
  observed: readonly Observation[],
  kind: FaultKind,
  what: string,
  valueOf: (seen: Observation) => string | undefined,
): Fault[] {
  const groups = [...groupBy(observed, valueOf)].toSorted((a, b) => b[1].length - a[1].length);
  const [common, ...others] = groups;
  if (!common || others.length === 0) return [];
  const total = groups.reduce((sum, [, { length }]) => sum + length, 0);
  const [value, { length }] = common;
  if (others.length > MOST_ODD || length * 2 <= total) {
    const [other, [first]] = others[0]!;
    const { path } = first!.record;
    const sentence =
      `class ${className}: the ${what} of its pictures vary, ${groups.length} different ones, ` +
      `for example ${value} and ${other} (${path}): pictures of one product should be taken in the same way`;
    return [fault(kind, path, sentence)];
  }
  return others.map(([other, group]) => {
    const { path } = group[0]!.record;
    const more = group.length === 1 ? '' : ` and ${group.length - 1} more`;
    const sentence = `${path}${more}: ${other}, while ${length} of the ${total} pictures of class ${className} have ${value}; check that it belongs here`;
    return fault(kind, path, sentence);
  });
}

/** Pictures that differ from most of their class in size or channels. */
export function oddities(className: string, observed: readonly Observation[]): Fault[] {
  return [
    ...odd(className, observed, 'odd-size', 'sizes', ({ size }) => size),
    ...odd(className, observed, 'odd-channels', 'channels', ({ channels }) => channels),
  ];
}

/** Picture counts of a class, in the published order. */
export function countsOf({ train, validation, test }: ClassRecords): Required<Counts> {
  const good = test.filter(({ defect }) => defect === 'good').length;
  return [train.length, good, test.length - good, validation.length];
}

/** A class of a known data set whose picture counts differ from the published ones. */
export function otherCounts(
  className: string,
  records: ClassRecords,
  known: KnownDataset | undefined,
  folder: string,
): Fault[] {
  const published = known && Object.hasOwn(known.classes, className) ? known.classes[className] : undefined;
  if (!published) return [];
  const there = countsOf(records);
  if (published.every((count, i) => count === there[i])) return [];
  const [train, good, bad, validation] = there;
  const withValidation = published.length === 4;
  const less = published.some((count, i) => there[i]! < (count ?? 0));
  const sentence =
    `class ${className} has ${train} training, ${withValidation ? `${validation} validation, ` : ''}` +
    `${good} good test and ${bad} defective test pictures, but ${known!.title} has ` +
    `${[published[0], ...published.slice(3), published[1]].join(', ')} and ${published[2]}: ` +
    (less ? 'the download is incomplete or reduced' : 'pictures were added');
  return [fault('counts', folder, sentence)];
}
