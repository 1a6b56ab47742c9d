import { COLUMNS, type Column, type Figures, type MetricsReport } from '@pyramid-mamba/runs';
import { table } from '../text/table.js';

/** Maximum number of listed paths; more are counted. */
const MOST_LISTED = 3;

/** The paths of undefined figures by reason; a mean's only if its classes do not state it already. */
function reasonsOf(report: MetricsReport): Map<string, string[]> {
  const paths = new Map<string, string[]>();
  for (const [path, reason] of Object.entries(report.undefined ?? {})) {
    const own = reason.replace(/^undefined in every class: /, '');
    paths.set(own, [...(paths.get(own) ?? []), ...(own === reason ? [path] : [])]);
  }
  return paths;
}

/** Why figures are undefined, one sentence per reason. */
export function undefinedNotes(report: MetricsReport): string[] {
  return [...reasonsOf(report)].map(([reason, list]) =>
    list.length > MOST_LISTED
      ? `${list.length} figures: ${reason}`
      : `${list.join(', ') || 'mean'}: ${reason}`,
  );
}

/** Headings of a table, where only the first column of a level names it. */
const headings = (columns: readonly Column[]): string[] =>
  columns.map(({ level, title }, c) => (columns[c - 1]?.level === level ? title : `${level} ${title}`));

/** The per-class table that `evaluate` prints, of the figures that some class has, the mean in its last row; and the reasons for every figure that is missing. */
export function metricsTable(report: MetricsReport): string {
  const cell = (value: number | null) => (value === null ? '-' : value.toFixed(3));
  const all = [...Object.entries(report.classes), ['mean', report.mean] as const];
  const shown = COLUMNS.filter(({ of }) => all.some(([, figures]) => of(figures) !== null));
  const row = (name: string, figures: Figures) => [name, ...shown.map(({ of }) => cell(of(figures)))];
  const lines = undefinedNotes(report).map((note) => `- ${note}`);
  if (shown.length === 0) return `no figures: ${[...reasonsOf(report).keys()].join('; ')}`;
  return [
    table(
      ['class', ...headings(shown)],
      all.map(([name, figures]) => row(name, figures)),
    ),
    ...lines,
  ].join('\n');
}
