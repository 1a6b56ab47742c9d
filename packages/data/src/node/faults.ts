import { DataError } from '../errors.js';

/** The kinds of faults of a data set, with severity: an `error` stops training, a `warning` does not. */
const SEVERITIES = {
  /** A defective picture without its mask. */
  'missing-mask': 'error',
  /** A mask whose picture is missing. */
  'orphan-mask': 'error',
  /** Two masks for one picture. */
  'two-masks': 'error',
  /** A mask of another size than its picture. */
  'mask-size': 'error',
  /** A mask that marks no pixel of a defective picture. */
  'empty-mask': 'warning',
  /** A mask that marks too much, or whose values are not those of a mask. */
  'odd-mask': 'warning',
  /** A file or folder that cannot be read or decoded. */
  unreadable: 'error',
  /** A list names a missing picture or mask. */
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
  /** A good test picture that looks like one of training, as if it was saved again with small losses. */
  'looks-trained': 'warning',
  /** The same picture twice in training or twice in test. */
  duplicate: 'warning',
  /** Pictures whose size differs from that of their class. */
  'odd-size': 'warning',
  /** Pictures whose channels or depth differ from those of their class. */
  'odd-channels': 'warning',
  /** Picture counts that differ from the published ones. */
  counts: 'warning',
  /** Pictures read as good whose names say that they are defective. */
  'named-defective': 'warning',
  /** Files that are not read. */
  'not-read': 'warning',
} as const;

export type FaultKind = keyof typeof SEVERITIES;
export type Severity = 'error' | 'warning';

/** One fault of a data set. */
export interface Fault {
  readonly kind: FaultKind;
  readonly severity: Severity;
  /** Absolute path of the file or folder it is about. */
  readonly file: string;
  /** Where, what is wrong, and what to do; starts with a path or a class. */
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

/** Throws the first error among faults as a DataError with the number of further ones of its kind. */
export function throwFirst(faults: readonly Fault[]): void {
  const first = faults.find(({ severity }) => severity === 'error');
  if (!first) return;
  const more = faults.filter(({ kind, severity }) => kind === first.kind && severity === 'error').length - 1;
  throw new DataError(more === 0 ? first.sentence : `${first.sentence} (and ${more} more like it)`);
}
