// A comparison in the formats of its files.
import { csv } from '@pyramid-mamba/data';
import { FIGURES, markdownTable } from '@pyramid-mamba/runs';
import { scatterChart } from '../report/charts.js';
import { plain } from '../text/markdown.js';
import { table } from '../text/table.js';
import type { Comparison, Spread } from './result.js';
import { gridsOf, notesOf, rowTitle } from './tables.js';

/** For the terminal and `compare.txt`. */
export const asText = (comparison: Comparison): string =>
  [
    ...gridsOf(comparison).map(({ title, header, rows }) => `${title}\n${table(header, rows)}`),
    notesOf(comparison).join('\n'),
  ].join('\n\n');

/** Figures need no escapes; names of classes, files and encoders may. */
const inMarkdown = (text: string): string => (/^[\d./±≤ –]+$/.test(text) ? text : plain(text));

export const asMarkdown = (comparison: Comparison): string =>
  [
    '# Comparison of methods',
    ...gridsOf(comparison).flatMap(({ title, header, rows }) => [
      `## ${title}`,
      markdownTable(
        header.map(plain),
        rows.map((row) => row.map(inMarkdown)),
      ),
    ]),
    notesOf(comparison)
      .map((note) => `- ${note}`)
      .join('\n'),
    '![Accuracy against training time](compare.svg)',
    '',
  ].join('\n\n');

const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '±': '$\\pm$',
  '≤': '$\\leq$',
  '×': '$\\times$',
  '–': '--',
  '’': "'",
};

/** Text as LaTeX shows it, whatever it holds. */
export const latex = (text: string): string =>
  text.replace(/[\\~^±≤×–’&%$#_{}]/gu, (sign) => SPECIAL[sign] ?? `\\${sign}`);

/** Tables for a paper, of the package booktabs. */
export const asLatex = (comparison: Comparison): string =>
  [
    ...notesOf(comparison).map((note) => `% ${note}`),
    ...gridsOf(comparison).flatMap(({ key, title, header, rows }) => [
      '',
      '\\begin{table}',
      `\\caption{${latex(title)}}`,
      `\\label{tab:${key}}`,
      `\\begin{tabular}{l${'r'.repeat(header.length - 1)}}`,
      '\\toprule',
      `${header.map(latex).join(' & ')} \\\\`,
      '\\midrule',
      ...rows.flatMap((row) => [
        ...(row[0] === 'mean' && (key === 'image' || key === 'pixel') ? ['\\midrule'] : []),
        `${row.map(latex).join(' & ')} \\\\`,
      ]),
      '\\bottomrule',
      '\\end{tabular}',
      '\\end{table}',
    ]),
    '',
  ].join('\n');

const number = (value: number | null | undefined): string => (typeof value === 'number' ? String(value) : '');
const two = (spread: Spread): string[] => [number(spread?.mean), number(spread?.std)];

/** A line for each method, encoder and class, and for the mean, which alone has costs; published figures have no spread. */
export function asCsv({ rows, published, classes }: Comparison): string {
  const costs = ['seconds', 'peakBytes', 'picture', 'learnt', 'encoderNumbers'] as const;
  const header = [
    'method',
    'preset',
    'encoder',
    'class',
    ...FIGURES.flatMap((name) => [name, `${name} std`]),
    'training seconds',
    'peak bytes',
    'ms per picture',
    'numbers learnt',
    'numbers of the encoder',
  ];
  const empty = costs.map(() => '');
  return csv([
    header,
    ...published.flatMap((one) => {
      const line = (name: string, values: readonly number[]) => [
        one.title,
        'published',
        '',
        name,
        ...values.flatMap((value) => [number(value), '']),
        ...empty,
      ];
      return [
        ...classes.flatMap((name) =>
          Object.hasOwn(one.classes, name) ? [line(name, one.classes[name]!)] : [],
        ),
        ...(one.mean ? [line('mean', one.mean)] : []),
      ];
    }),
    ...rows.flatMap((row) => {
      const own = [row.method, row.preset, row.encoder];
      return [
        ...classes.map((name) => [...own, name, ...row.classes[name]!.flatMap(two), ...empty]),
        [...own, 'mean', ...row.mean.flatMap(two), ...costs.map((key) => number(row[key]?.mean))],
      ];
    }),
  ]);
}

/** A line for each picture, with its standing by each row, see `standings`. */
export const picturesCsv = (comparison: Comparison): string =>
  csv([
    ['file', 'class', 'label', 'defect', ...comparison.rows.map((row) => rowTitle(row, comparison))],
    ...comparison.pictures.map(({ file, class: className, label, defect, standings }) => [
      file,
      className,
      label,
      defect,
      ...standings,
    ]),
  ]);

/** Accuracy against training time, a point for each seed. */
export const asFigure = (comparison: Comparison): string =>
  scatterChart(
    'Accuracy against training time',
    comparison.rows.map((row) => ({
      name: rowTitle(row, comparison),
      points: row.runs.flatMap(({ seconds, overall }) =>
        seconds === null || overall === null ? [] : [[seconds, overall * 100] as const],
      ),
    })),
    { x: 'seconds of training', y: 'mean of image AU-ROC, pixel AP and AU-PRO, percent' },
  );
