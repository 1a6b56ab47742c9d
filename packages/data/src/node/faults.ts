import { DataError } from '../errors.js';

/** What can be wrong with a data set, and how bad it is: an `error` stops training, a `warning` is worth knowing. */
const SEVERITIES = {
  /** A defective picture without its mask. */
  'missing-mask': 'error',
  /** A mask whose picture is not there. */
  'orphan-mask': 'error',
  /** Two masks that claim one picture. */
  'two-masks': 'error',
  /** A mask of another size than its picture. */
  'mask-size': 'error',
  /** A mask that marks no pixel of a defective picture. */
  'empty-mask': 'warning',
  /** A file or folder that cannot be read or decoded. */
  unreadable: 'error',
  /** A list names a picture or mask that is not there. */
  'missing-file': 'error',
  /** A line of a list that cannot be understood. */
  'bad-list': 'error',
  /** A link, or a path in a list, that leads out of the data set. */
  'leaves-root': 'error',
  /** Two files that differ in the extension alone. */
  'same-name': 'error',
  /** A class without training pictures. */
  'empty-class': 'error',
  /** The same picture in training and in test. */
  'train-and-test': 'error',
  /** The same picture twice in training or twice in test. */
  duplicate: 'warning',
  /** Pictures whose size differs from that of their class. */
  'odd-size': 'warning',
  /** Pictures whose channels or depth differ from those of their class. */
  'odd-channels': 'warning',
  /** Other numbers of pictures than the owner published. */
  counts: 'warning',
  /** Pictures whose names say that they are defective, taken for good. */
  'named-defective': 'warning',
  /** Something that lies there and is not read. */
  'not-read': 'warning',
} as const;

export type FaultKind = keyof typeof SEVERITIES;
export type Severity = 'error' | 'warning';

/** One thing wrong with a data set. */
export interface Fault {
  readonly kind: FaultKind;
  readonly severity: Severity;
  /** Absolute path of the file or folder it is about. */
  readonly file: string;
  /** Where, what is wrong, and what to do; begins with a path or a class. */
  readonly sentence: string;
}

export function fault(
  kind: FaultKind,
  file: string,
  sentence: string,
  severity: Severity = SEVERITIES[kind],
): Fault {
  return { kind, severity, file, sentence };
}

/** Throws the first error among faults as a DataError that also says how many more of its kind there are. */
export function throwFirst(faults: readonly Fault[]): void {
  const first = faults.find(({ severity }) => severity === 'error');
  if (!first) return;
  const more = faults.filter(({ kind, severity }) => kind === first.kind && severity === 'error').length - 1;
  throw new DataError(more === 0 ? first.sentence : `${first.sentence} (and ${more} more like it)`);
}
