import { signal } from '@preact/signals';
import { csv } from '@pyramid-mamba/data';
import { REGION_COLUMNS, regionCells, type RegionCount } from '@pyramid-mamba/inspect';
import type { Verdict } from '@pyramid-mamba/metrics';
import { scoreOfLimit } from '@pyramid-mamba/runs';
import { mmOf } from '../millimetres.js';
import type { Shot } from './shots.js';

/** The result for one file: small, so that a whole day's pictures fit. */
export interface Line {
  readonly name: string;
  readonly product: string;
  readonly score: number | null;
  readonly verdict: Verdict | null;
  readonly review: number | null;
  readonly reject: number | null;
  /** Doubts, or why the file was not judged. */
  readonly remark: string;
  /** Where it is anomalous; undefined where it was not judged. */
  readonly regions: RegionCount | undefined;
  /** Width of the picture in pixels; null where it is not known. */
  readonly width: number | null;
  readonly kind: Kind;
}

type Kind = Verdict | 'none' | 'failed';
export interface Tally extends Readonly<Record<Kind, number>> {
  /** Judged, but without thresholds. */
  readonly none: number;
  /** Not judged. */
  readonly failed: number;
}
const NOTHING: Tally = { OK: 0, REVIEW: 0, NG: 0, UNKNOWN: 0, none: 0, failed: 0 };

/** Files that were judged, with or without thresholds. */
export const judgedOf = ({ OK, REVIEW, NG, UNKNOWN, none }: Tally): number =>
  OK + REVIEW + NG + UNKNOWN + none;

/** Verdicts on files since the model was opened. */
export const tally = signal<Tally>(NOTHING);

/** Maximum number of lines; the oldest are dropped, and stay counted. */
const MOST_LINES = 100_000;
/** By the id of the judged file, in the order of judging. */
const lines = new Map<number, Line>();

const counted = (counts: Tally, { kind }: Line, by: 1 | -1): Tally => ({
  ...counts,
  [kind]: counts[kind] + by,
});

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
  product: '',
  score: null,
  verdict: null,
  review: null,
  reject: null,
  remark,
  regions: undefined,
  width: null,
  kind: 'failed',
});

/** Records a judged file; a stale judgement counts as none. */
export function record({ id, name, judgement, stale }: Shot): void {
  if (stale !== null) return write(id, unjudged(name, stale));
  const { className: product, score, verdict, calibration, doubts, width } = judgement;
  const { length: count, 0: first } = judgement.regions;
  const remark = doubts.join('; ');
  const { review = null, reject = null } = calibration ?? {};
  const kind = verdict ?? 'none';
  // without thresholds nothing says where
  const regions = calibration ? { count, first: first?.box } : undefined;
  write(id, { name, product, score, verdict, review, reject, remark, regions, width, kind });
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
  const rows = [...lines.values()].map((line) => {
    const { name, product, verdict, score, review, reject, remark, regions, width } = line;
    const limits = score === null || review === null ? null : scoreOfLimit(score, { review });
    const mm = mmOf(product, width);
    const cells = regionCells(regions, mm === undefined ? undefined : { x: mm, y: mm });
    return [name, product, verdict, limits, score, review, reject, remark, ...cells];
  });
  return `\ufeff${csv([head, ...rows])}`;
}
