import { FIGURES, markdownTable, percentOf, type Figures, type MetricsReport } from '@pyramid-mamba/runs';
import { csv } from '@pyramid-mamba/data';
import { plain } from '../text/markdown.js';
import { PAPER_CLASSES, PAPER_MEAN, paperMeanOf, type PaperRow } from '@pyramid-mamba/model';

/** One figure in percent, and its difference to the paper's. */
export interface Cell {
  value: number | null;
  delta: number | null;
}

export interface TableRow {
  name: string;
  /** The reference of the deltas, if not the paper's row of the same name. */
  note?: string;
  cells: Cell[];
}

function row(name: string, figures: Figures, paper: PaperRow | undefined, note?: string): TableRow {
  const cells = percentOf(figures).map((value, c) => ({
    value,
    delta: value === null || paper === undefined ? null : value - paper[c]!,
  }));
  return { name, cells, ...(note === undefined ? {} : { note }) };
}

/**
 * The per-class table in percent. With `compare`, deltas to the paper's MVTec AD rows of the same names; the mean is compared to
 * the mean of exactly those rows (the printed one differs from its own rows), and, with all 15 classes, to the printed one
 * as well.
 */
export function resultRows(report: MetricsReport, compare: boolean): TableRow[] {
  const names = Object.keys(report.classes);
  const known = compare ? names.filter((name) => Object.hasOwn(PAPER_CLASSES, name)) : [];
  const rows = names.map((name) =>
    row(
      name,
      report.classes[name]!,
      compare && Object.hasOwn(PAPER_CLASSES, name) ? PAPER_CLASSES[name] : undefined,
    ),
  );
  const all = known.length === names.length ? paperMeanOf(known) : undefined;
  rows.push(row('mean', report.mean, all, all ? "to the mean of the paper's rows" : undefined));
  if (known.length === Object.keys(PAPER_CLASSES).length && all) {
    rows.push(row('mean', report.mean, PAPER_MEAN, "to the paper's printed mean"));
  }
  return rows;
}

const number = (value: number | null) => (value === null ? '' : value.toFixed(1));
export const signed = (value: number) => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(1)}`;
/** `metrics.csv`: each figure and its delta. */
export function metricsCsv(rows: readonly TableRow[]): string {
  return csv([
    ['class', 'compared', ...FIGURES, ...FIGURES.map((name) => `${name} delta`)],
    ...rows.map(({ name, note, cells }) => [
      name,
      note ?? '',
      ...cells.map(({ value }) => number(value)),
      ...cells.map(({ delta }) => number(delta)),
    ]),
  ]);
}

/** The table in Markdown. */
export function metricsMarkdown(rows: readonly TableRow[]): string {
  const cell = ({ value, delta }: Cell) =>
    value === null ? '–' : `${value.toFixed(1)}${delta === null ? '' : ` (${signed(delta)})`}`;
  return markdownTable(
    ['class', ...FIGURES],
    rows.map(({ name, note, cells }) => [plain(note ? `${name}, ${note}` : name), ...cells.map(cell)]),
  );
}
