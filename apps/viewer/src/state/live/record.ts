import { signal } from '@preact/signals';
import { csv } from '@pyramid-mamba/data';
import { REGION_COLUMNS, regionCells, type RegionCount } from '@pyramid-mamba/inspect';
import type { Verdict } from '@pyramid-mamba/metrics';
import { scoreOfLimit } from '@pyramid-mamba/runs';
import { mmOf } from '../millimetres.js';
import { decided, type LimitsOf, type Scored } from './again.js';
import type { Shot } from './shots.js';

/** The result for one file: small, so that a whole day's pictures fit. */
interface Line {
  readonly name: string;
  /** null where it was not judged. `follow` decides it anew: a copy of each line would cost more than the decision. */
  judged: Scored | null;
  /** Why it was not judged; '' where it was. */
  readonly remark: string;
  /** Where it is anomalous from this review threshold on; undefined where it is not known. */
  readonly regions: (RegionCount & { readonly from: number }) | undefined;
  /** Width of the picture in pixels; null where it is not known. */
  readonly width: number | null;
}

type Kind = Verdict | 'none' | 'failed';
export interface Tally extends Readonly<Record<Kind, number>> {
  /** Judged, but without thresholds. */
  readonly none: number;
  /** Not judged. */
  readonly failed: number;
  /** Dropped from the table before thresholds were moved: which verdict they have now is not known. */
  readonly older: number;
}
const NOTHING: Tally = { OK: 0, REVIEW: 0, NG: 0, UNKNOWN: 0, none: 0, failed: 0, older: 0 };

const kindOf = ({ judged }: Line): Kind => (judged ? (judged.verdict ?? 'none') : 'failed');

/** Files that were judged, with or without thresholds. */
export const judgedOf = ({ OK, REVIEW, NG, UNKNOWN, none, older }: Tally): number =>
  OK + REVIEW + NG + UNKNOWN + none + older;

/** Verdicts on files since the model was opened, by the thresholds in force. */
export const tally = signal<Tally>(NOTHING);

/** Maximum number of lines; the oldest are dropped, and stay counted as long as the thresholds stay. */
export const MOST_LINES = 100_000;
/** By the id of the judged file, in the order of judging. */
const lines = new Map<number, Line>();

const counted = (counts: Tally, line: Line, by: 1 | -1): Tally => {
  const kind = kindOf(line);
  return { ...counts, [kind]: counts[kind] + by };
};

/** Writes the line of a file; it replaces the line that the file had, in the table and in the counts. */
function write(id: number, line: Line): void {
  const before = lines.get(id);
  const others = before ? counted(tally.peek(), before, -1) : tally.peek();
  lines.set(id, line);
  if (lines.size > MOST_LINES) lines.delete(lines.keys().next().value!);
  tally.value = counted(others, line, 1);
}

const unjudged = (name: string, remark: string): Line => ({
  name,
  judged: null,
  remark,
  regions: undefined,
  width: null,
});

/** Records a judged file; a stale judgement counts as none. */
export function record({ id, name, judgement, stale }: Shot): void {
  if (stale !== null) return write(id, unjudged(name, stale));
  const { className, score, verdict, doubts, calibration, largestScore, width } = judgement;
  const { length: count, 0: first } = judgement.regions;
  // not the judgement itself, which has the map
  const judged = { className, score, verdict, doubts, calibration, largestScore };
  // without thresholds nothing says where
  const regions = calibration ? { count, first: first?.box, from: calibration.review } : undefined;
  write(id, { name, judged, remark: '', regions, width });
}

/** Decides all lines by other thresholds. Their maps are gone: where a picture is anomalous is known again once `recordAgain` says so. */
export function follow(limitsOf: LimitsOf): void {
  const { OK, REVIEW, NG, UNKNOWN, none, failed, older } = tally.peek();
  const all = OK + REVIEW + NG + UNKNOWN + none + failed + older;
  const counts = { ...NOTHING, older: all - lines.size };
  for (const line of lines.values()) {
    if (line.judged) line.judged = decided(line.judged, limitsOf);
    counts[kindOf(line)]++;
  }
  tally.value = counts;
}

/** Records the new judgement of a file; a camera's frame has no line, and gets none. */
export function recordAgain(shot: Shot): void {
  if (lines.has(shot.id)) record(shot);
}

export function recordFailure(id: number, name: string, error: unknown): void {
  write(id, unjudged(name, `not judged: ${error instanceof Error ? error.message : String(error)}`));
}

export function clearRecord(): void {
  lines.clear();
  tally.value = NOTHING;
}

/** All lines as CSV, in the order of judging; UTF-8 with a byte order mark for spreadsheets. */
export function verdictsCsv(): string {
  const head = [
    'file',
    'product',
    'verdict',
    'times limit',
    'score',
    'review',
    'reject',
    'remark',
    ...REGION_COLUMNS,
  ];
  const rows = [...lines.values()].map(({ name, judged, remark, regions, width }) => {
    if (!judged)
      return [name, '', null, null, null, null, null, remark, ...regionCells(undefined, undefined)];
    const { className: product, verdict, score, doubts, calibration } = judged;
    const { review = null, reject = null } = calibration ?? {};
    const limits = review === null ? null : scoreOfLimit(score, { review });
    const mm = mmOf(product, width);
    const found = regions?.from === review ? regions : undefined;
    const cells = regionCells(found, mm === undefined ? undefined : { x: mm, y: mm });
    return [name, product, verdict, limits, score, review, reject, doubts.join('; '), ...cells];
  });
  return `\ufeff${csv([head, ...rows])}`;
}
