import { signal } from '@preact/signals';
import { csv } from '@pyramid-mamba/data';
import type { Verdict } from '@pyramid-mamba/metrics';
import { scoreOfLimit } from '@pyramid-mamba/runs';
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
  readonly kind: Kind;
  /** For a verdict of a model that is open no more: a clause that names it. */
  readonly earlier: string | null;
}

type Kind = Verdict | 'none' | 'failed';
export interface Tally extends Readonly<Record<Kind, number>> {
  /** Judged, but without thresholds. */
  readonly none: number;
  /** Not judged. */
  readonly failed: number;
  /** How many of the judged files have the verdict of an earlier model. */
  readonly earlier: number;
}
const NOTHING: Tally = { OK: 0, REVIEW: 0, NG: 0, UNKNOWN: 0, none: 0, failed: 0, earlier: 0 };

/** Files that were judged, with or without thresholds. */
export const judgedOf = ({ OK, REVIEW, NG, UNKNOWN, none }: Tally): number =>
  OK + REVIEW + NG + UNKNOWN + none;

/** Verdicts on files since the model was opened. */
export const tally = signal<Tally>(NOTHING);

/** Maximum number of lines; the oldest are dropped, and stay counted. */
const MOST_LINES = 100_000;
/** By the id of the judged file, in the order of judging. */
const lines = new Map<number, Line>();

function counted(counts: Tally, { kind, earlier }: Line, by: 1 | -1): Tally {
  return { ...counts, [kind]: counts[kind] + by, earlier: counts.earlier + (earlier === null ? 0 : by) };
}

/** Writes the line of a file; it replaces the earlier line of the same file, in the table and in the counts. */
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
  kind: 'failed',
  earlier: null,
});

/** Records a judged file; a stale judgement counts as none. */
export function record({ id, name, judgement, stale }: Shot): void {
  if (stale !== null) return write(id, unjudged(name, stale));
  const { className: product, score, verdict, calibration, doubts } = judgement;
  const remark = doubts.join('; ');
  const { review = null, reject = null } = calibration ?? {};
  const kind = verdict ?? 'none';
  write(id, { name, product, score, verdict, review, reject, remark, kind, earlier: null });
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

/** All lines and counts at one time. */
export interface Recorded {
  readonly lines: ReadonlyMap<number, Line>;
  readonly tally: Tally;
}
export const recordNow = (): Recorded => ({ lines: new Map(lines), tally: tally.peek() });

const byEarlier = (line: Line, model: string): Line =>
  line.kind === 'failed' ? line : { ...line, earlier: line.earlier ?? model };

/** Restores a record whole. */
export function restoreRecord(kept: Recorded): void {
  lines.clear();
  for (const [id, line] of kept.lines) lines.set(id, line);
  tally.value = kept.tally;
}

/** Restores a record whose verdicts are those of an earlier model: each line says so until its file is judged again. */
export function restoreAsEarlier({ lines: kept, tally: counts }: Recorded, model: string): void {
  restoreRecord({
    lines: new Map([...kept].map(([id, line]) => [id, byEarlier(line, model)])),
    tally: { ...counts, earlier: judgedOf(counts) },
  });
}

/** Adds the lines of files that are not recorded yet, as verdicts of an earlier model. */
export function addAsEarlier({ lines: kept }: Recorded, model: string): void {
  for (const [id, line] of kept) if (!lines.has(id)) write(id, byEarlier(line, model));
}

/** All lines as CSV, in the order of judging; UTF-8 with a byte order mark for spreadsheets. */
export function verdictsCsv(): string {
  const head = ['file', 'product', 'verdict', 'times limit', 'score', 'review', 'reject', 'remark'];
  const rows = [...lines.values()].map(
    ({ name, product, verdict, score, review, reject, remark, earlier }) => [
      name,
      product,
      verdict,
      score === null || review === null ? null : scoreOfLimit(score, { review }),
      score,
      review,
      reject,
      [...(earlier === null ? [] : [earlier]), ...(remark === '' ? [] : [remark])].join('; '),
    ],
  );
  return `\ufeff${csv([head, ...rows])}`;
}
