import { markdownTable } from '@pyramid-mamba/runs';

/** Judgements by verdict; a picture without one counts as `none`. */
export type Counts = Readonly<Record<string, number>>;

/** What a training from thirty good pictures gave. */
export interface FirstHour {
  readonly product: string;
  readonly seed: number;
  /** Seconds until the first model could be used, and of the whole command. */
  readonly first: number;
  readonly whole: number;
  /** The method of the model in use. */
  readonly method: string;
  readonly passed: boolean;
  /** What the self-test of the model in use says. */
  readonly sentence: string;
  readonly defective: Counts;
  /** Unseen ones. */
  readonly good: Counts;
}

const VERDICTS = ['OK', 'REVIEW', 'NG', 'UNKNOWN'];

/** `3 / 2 / 56 / 2`, and judgements of no verdict where there are any. */
function counted(counts: Counts): string {
  const others = Object.keys(counts).filter((verdict) => !VERDICTS.includes(verdict));
  return [
    VERDICTS.map((verdict) => counts[verdict] ?? 0).join(' / '),
    ...others.map((verdict) => `${verdict} ${counts[verdict]}`),
  ].join(', ');
}

export function tableOf(found: readonly FirstHour[]): string {
  const rows = found.map((one) => [
    `${one.product}, ${one.seed}`,
    one.first.toFixed(0),
    one.whole.toFixed(0),
    one.method,
    one.passed ? 'passed' : 'failed',
    counted(one.defective),
    counted(one.good),
  ]);
  const verdicts = VERDICTS.join(' / ');
  return `${markdownTable(
    [
      'product, seed',
      'first model, s',
      'whole, s',
      'in use',
      'self-test',
      `defective: ${verdicts}`,
      `good: ${verdicts}`,
    ],
    rows,
  )}\n`;
}
