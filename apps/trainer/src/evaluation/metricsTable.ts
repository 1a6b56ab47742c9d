import { COLUMNS, type Column, type Figures, type MetricsReport } from '@pyramid-mamba/runs';
import { mostImportant } from '../text/manyClasses.js';
import { table } from '../text/table.js';

/** Maximum number of listed paths; more are counted. */
const MOST_LISTED = 3;

/** The paths of undefined figures by reason; a mean's only if its classes do not state it already. */
function reasonsOf(report: MetricsReport): Map<string, string[]> {
  const paths = new Map<string, string[]>();
  for (const [path, reason] of Object.entries(report.undefined ?? {})) {
    const own = reason.replace(/^undefined in every class: /, '');
    const known = paths.get(own) ?? [];
    if (own === reason) known.push(path);
    paths.set(own, known);
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

/** Lowest first, by the first figure that differs; a figure that is missing says nothing. */
const worstFirst =
  (shown: readonly Column[]) =>
  ([, a]: readonly [string, Figures], [, b]: readonly [string, Figures]): number => {
    for (const { of } of shown) {
      const [one, other] = [of(a) ?? Infinity, of(b) ?? Infinity];
      if (one !== other) return one < other ? -1 : 1;
    }
    return 0;
  };

/**
 * The per-class table that `evaluate` prints, of the figures that some class has, the mean in its last row; and the reasons for every figure that is missing.
 * Of many classes the worst ones, in ascending order.
 */
export function metricsTable(report: MetricsReport): string {
  const cell = (value: number | null) => (value === null ? '-' : value.toFixed(3));
  const classes = Object.entries(report.classes);
  const every = [...classes, ['mean', report.mean] as const];
  const shown = COLUMNS.filter(({ of }) => every.some(([, figures]) => of(figures) !== null));
  const told = mostImportant(classes, worstFirst(shown));
  const all = [...told, ['mean', report.mean] as const];
  const row = (name: string, figures: Figures) => [name, ...shown.map(({ of }) => cell(of(figures)))];
  const left = classes.length - told.length;
  const lines = [
    ...(left > 0 ? [`- ${left} more classes, with higher figures: metrics.json`] : []),
    ...undefinedNotes(report).map((note) => `- ${note}`),
  ];
  if (shown.length === 0) return `no figures: ${[...reasonsOf(report).keys()].join('; ')}`;
  return [
    table(
      ['class', ...headings(shown)],
      all.map(([name, figures]) => row(name, figures)),
    ),
    ...lines,
  ].join('\n');
}
