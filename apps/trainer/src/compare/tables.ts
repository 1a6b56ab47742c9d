// A comparison as tables: the paper's I (image) and II (pixel), costs, wins and losses.
import { ownValue } from '@pyramid-mamba/metrics';
import { comparedTitle } from '@pyramid-mamba/runs';
import type { Comparison, Row, Spread } from './result.js';

/** A table of any format. */
export interface Grid {
  readonly key: string;
  readonly title: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const NONE = '–';

/** Figures of one level, as in the paper: `99.2/99.5/96.8`; of several seeds with the standard deviation. */
function cell(figures: readonly Spread[], seeds: number): string {
  if (figures.every((figure) => figure === null)) return NONE;
  const one = (figure: Spread) =>
    figure === null ? NONE : `${figure.mean.toFixed(1)}${seeds > 1 ? `±${figure.std.toFixed(1)}` : ''}`;
  return figures.map(one).join('/');
}

/** The name of a row in a comparison. */
export const rowTitle = (row: Row, { rows }: Pick<Comparison, 'rows'>): string => comparedTitle(row, rows);

/** @param of the level's figures of a row */
function figureGrid(comparison: Comparison, level: 'image' | 'pixel', key: string, title: string): Grid {
  const { rows, published, classes, figures, seeds } = comparison;
  const isOfLevel = figures.map((name) => name.startsWith('image') === (level === 'image'));
  const own = <T>(values: readonly T[]): T[] => values.filter((_, c) => isOfLevel[c]);
  const printed = (values: readonly number[] | null | undefined) =>
    values
      ? own(values)
          .map((value) => value.toFixed(1))
          .join('/')
      : NONE;
  const names = own(figures).map((name) => name.replace(/^(image|pixel) /, ''));
  return {
    key,
    title: `${title}: ${names.join('/')}, percent`,
    header: [
      'class',
      ...published.map((one) => `${one.title} (published)`),
      ...rows.map((row) => rowTitle(row, comparison)),
    ],
    rows: [
      ...classes.map((name) => [
        name,
        ...published.map((one) => printed(ownValue(one.classes, name))),
        ...rows.map((row) => cell(own(row.classes[name]!), seeds.length)),
      ]),
      [
        'mean',
        ...published.map(({ mean }) => printed(mean)),
        ...rows.map(({ mean }) => cell(own(mean), seeds.length)),
      ],
    ],
  };
}

const shown = (spread: Spread, digits: number, unit = 1): string =>
  spread === null ? NONE : (spread.mean / unit).toFixed(digits);

function costGrid(comparison: Comparison): Grid {
  return {
    key: 'costs',
    title: 'Costs, means over the seeds',
    header: [
      'method',
      'encoder',
      'preset',
      'input',
      'backend',
      'last step',
      'training, s',
      'peak memory, MiB',
      'ms a picture',
      'learnt, M',
      'encoder, M',
    ],
    rows: comparison.rows.map((row) => [
      row.title,
      row.encoder,
      row.preset,
      row.input,
      row.backend,
      [...new Set(row.steps)].map((steps) => (steps === null ? 'one pass' : String(steps))).join(', ') ||
        NONE,
      shown(row.seconds, 1),
      row.peakBytes === null ? NONE : `${row.peakIsBound ? '≤ ' : ''}${shown(row.peakBytes, 0, 2 ** 20)}`,
      shown(row.picture, 1),
      shown(row.learnt, 2, 1e6),
      shown(row.encoderNumbers, 2, 1e6),
    ]),
  };
}

function pairGrid(comparison: Comparison): Grid {
  const { rows, pairs, pictures } = comparison;
  return {
    key: 'pairs',
    title: `Wins and losses over ${pictures.length} pictures`,
    header: [
      'first',
      'second',
      'first better',
      'second better',
      'equal',
      'where the first is better',
      'where the second is better',
    ],
    rows: pairs.map(({ a, b, wins, losses, ties, aBest, bBest }) => [
      rowTitle(rows[a]!, comparison),
      rowTitle(rows[b]!, comparison),
      ...[wins, losses, ties].map(String),
      ...[aBest, bBest].map((files) => (files.length > 0 ? files.join(', ') : NONE)),
    ]),
  };
}

/** All tables of a comparison. */
export const gridsOf = (comparison: Comparison): Grid[] => [
  figureGrid(comparison, 'image', 'image', 'Image level (the paper’s table I)'),
  figureGrid(comparison, 'pixel', 'pixel', 'Pixel level (the paper’s table II)'),
  costGrid(comparison),
  ...(comparison.pairs.length > 0 ? [pairGrid(comparison)] : []),
];

/** How the tables are to be read, a sentence each. */
export function notesOf({ seeds, notes, published, pairs }: Comparison): string[] {
  const over =
    seeds.length > 1
      ? `Mean ± standard deviation over the seeds ${seeds.join(', ')}.`
      : `One seed, ${seeds[0]}: no spread.`;
  return [
    over,
    ...notes,
    ...(published.length > 0
      ? [
          'Published columns are of the paper’s tables, which train on all 15 classes of MVTec AD; their mean is over the classes shown.',
        ]
      : []),
    'Training seconds are those of learning, without encoding the training pictures; ms a picture is the median of single pictures in one thread. ' +
      '≤ marks memory of a process that had trained other cells before.',
    ...(pairs.length > 0
      ? [
          'A method is better at a picture that it ranks higher among the pictures of the other label of its class (ties half), by the mean over the seeds.',
        ]
      : []),
  ];
}
