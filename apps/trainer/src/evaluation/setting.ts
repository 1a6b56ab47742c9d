// Which good pictures set the thresholds of an evaluation: a limit must not rise with one that is never OK.
import type { Sample } from '@pyramid-mamba/data';
import { blankNote, withoutBlank, type Fit } from '@pyramid-mamba/inspect';
import { LOST_IN, lostLines } from '../text/lostLines.js';
import { classLines } from '../text/manyClasses.js';

interface Seen {
  readonly sample: Sample;
  /** Its part was not found, or nothing of it is judged. */
  readonly lost: boolean;
  readonly blank: boolean;
  readonly fit: Fit;
}

/** Whether it is a good picture that sets no thresholds where others of its class do: it is blank, or looks like no product. */
export const isStrange = ({ sample, blank, fit }: Omit<Seen, 'lost'>): boolean =>
  sample.label === 0 && (blank || fit === 'no');

/** Those of a class that set its thresholds. */
export const settingOnly = <T extends { readonly seen: Seen }>(all: readonly T[]): T[] =>
  keptOf(all.filter(({ seen }) => !seen.lost));

/** Notes about the good pictures that do not. */
export function leftOutNotes(judged: readonly Seen[]): string[] {
  const good = judged.filter(({ sample }) => sample.label === 0);
  const lost = good.filter((one) => one.lost).map(({ sample }) => sample);
  const all = good.map(({ sample }) => sample);
  const found = good.filter((one) => !one.lost).map((seen) => ({ seen }));
  const kept = new Set(keptOf(found));
  const left = found.filter((one) => !kept.has(one)).map(({ seen }) => seen);
  const idsOf = (some: readonly Seen[]) => some.map(({ sample }) => sample.id);
  const [blank, other] = [left.filter((one) => one.blank), left.filter((one) => !one.blank)];
  return [
    ...classLines(lostLines(lost, all), LOST_IN),
    ...(blank.length > 0 ? [`note: ${blankNote(idsOf(blank))}`] : []),
    ...(other.length > 0 ? [`note: ${otherNote(idsOf(other))}`] : []),
  ];
}

const keptOf = <T extends { readonly seen: Seen }>(all: readonly T[]): T[] =>
  withoutBlank(
    all.map((one) => ({ one, className: one.seen.sample.className, blank: isStrange(one.seen) })),
    ({ one }) => one.seen.sample.label === 0,
  ).map(({ one }) => one);

const otherNote = (ids: readonly string[]): string =>
  ids.length === 1
    ? `the good picture ${ids[0]!} looks like no product of this model, so it sets no thresholds; remove it, or train the model on that product`
    : `${ids.length} good pictures look like no product of this model (first ${ids[0]!}), so they set no thresholds; remove them, or train the model on that product`;
