import { COLUMNS, HEADINGS, type Figures, type MetricsReport } from '@pyramid-mamba/runs';
import { table } from '../text/table.js';

/** Maximum number of listed paths; more are counted. */
const MOST_LISTED = 3;

/** Why figures are undefined, one sentence per reason; for a mean only if its classes do not state it already. */
export function undefinedNotes(report: MetricsReport): string[] {
  const paths = new Map<string, string[]>();
  for (const [path, reason] of Object.entries(report.undefined ?? {})) {
    const own = reason.replace(/^undefined in every class: /, '');
    paths.set(own, [...(paths.get(own) ?? []), ...(own === reason ? [path] : [])]);
  }
  return [...paths].map(([reason, list]) =>
    list.length > MOST_LISTED
      ? `${list.length} figures: ${reason}`
      : `${list.join(', ') || 'mean'}: ${reason}`,
  );
}

/** The per-class table that `evaluate` prints, the mean in its last row, and the reasons for every dash in it. */
export function metricsTable(report: MetricsReport): string {
  const cell = (value: number | null) => (value === null ? '-' : value.toFixed(3));
  const row = (name: string, figures: Figures) => [name, ...COLUMNS.map(({ of }) => cell(of(figures)))];
  const rows = [...Object.entries(report.classes).map(([name, f]) => row(name, f)), row('mean', report.mean)];
  return [table(['class', ...HEADINGS], rows), ...undefinedNotes(report).map((note) => `- ${note}`)].join(
    '\n',
  );
}
