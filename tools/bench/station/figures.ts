/** The value below which this share of the others lies, by nearest rank; NaN of none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** Rows of Markdown; the first column names them. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

interface Judgement {
  class: string | null;
  verdict: string | null;
  score: number | null;
  doubts: readonly string[];
  regions: unknown;
  thresholds: unknown;
}

/** What must be the same however a picture was judged. */
export const judgementOf = ({
  class: product,
  verdict,
  score,
  doubts,
  regions,
  thresholds,
}: Judgement): string => JSON.stringify({ product, verdict, score, doubts, regions, thresholds });

/** A line of JSON of `predict`, or an answer of `serve`. */
export const lineOf = (text: string): Judgement & { file: string } =>
  JSON.parse(text) as Judgement & { file: string };
