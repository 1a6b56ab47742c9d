import { signal } from '@preact/signals';
import { csv } from '@pyramid-mamba/data';
import type { Verdict } from '@pyramid-mamba/metrics';
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
}

/** Maximum number of lines; the oldest are dropped, and `forgotten` counts them. */
const MOST_LINES = 100_000;

const lines = new Map<number, Line>();
let firstLine = 0;
let nextLine = 0;

export interface Tally {
  readonly OK: number;
  readonly REVIEW: number;
  readonly NG: number;
  /** Judged, but without thresholds. */
  readonly none: number;
  /** Not judged. */
  readonly failed: number;
}
const NOTHING: Tally = { OK: 0, REVIEW: 0, NG: 0, none: 0, failed: 0 };

/** Verdicts on files since the model was opened. */
export const tally = signal<Tally>(NOTHING);

function write(line: Line, kind: keyof Tally): void {
  lines.set(nextLine++, line);
  if (lines.size > MOST_LINES) lines.delete(firstLine++);
  tally.value = { ...tally.value, [kind]: tally.value[kind] + 1 };
}

export function record({ name, judgement }: Shot): void {
  const { className, score, verdict, calibration, doubts } = judgement;
  const remark = [...doubts, ...(calibration ? [] : ['no thresholds'])].join('; ');
  const { review = null, reject = null } = calibration ?? {};
  write({ name, product: className, score, verdict, review, reject, remark }, verdict ?? 'none');
}

export function recordFailure(name: string, error: unknown): void {
  const remark = `not judged: ${error instanceof Error ? error.message : String(error)}`;
  write({ name, product: '', score: null, verdict: null, review: null, reject: null, remark }, 'failed');
}

export function clearRecord(): void {
  lines.clear();
  firstLine = nextLine;
  tally.value = NOTHING;
}

/** All lines as CSV, in the order of judging; UTF-8 with a byte order mark for spreadsheets. */
export function verdictsCsv(): string {
  const head = ['file', 'product', 'verdict', 'score', 'review', 'reject', 'remark'];
  const rows = [...lines.values()].map(({ name, product, verdict, score, review, reject, remark }) => [
    name,
    product,
    verdict,
    score,
    review,
    reject,
    remark,
  ]);
  return `\ufeff${csv([head, ...rows])}`;
}
