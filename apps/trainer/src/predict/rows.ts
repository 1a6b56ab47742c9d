import { relative } from 'node:path';
import { csv } from '@pyramid-mamba/data';
import { VERDICTS } from '@pyramid-mamba/metrics';
import { multipleText } from '@pyramid-mamba/runs';
import { plural } from '../text/plural.js';
import { mostImportant } from '../text/manyClasses.js';
import { table } from '../text/table.js';
import { visibleLine } from '../text/visible.js';
import type { Prediction } from './predict.js';

/** Significant digits of float32. */
const FLOAT32_DIGITS = 7;

/** A number rounded to float32's significant digits. */
export const rounded = (value: number): number => Number(value.toPrecision(FLOAT32_DIGITS));

export const NOT_JUDGED = 'not judged';
export const WITHOUT_VERDICT = 'without verdict';

/** The category of a prediction. */
export const kindOf = (prediction: Prediction): string =>
  'error' in prediction ? NOT_JUDGED : (prediction.verdict ?? WITHOUT_VERDICT);

/** `12 pictures: 9 OK, 2 REVIEW, 1 NG`. */
export function countsLine(counts: ReadonlyMap<string, number>): string {
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const parts = [...VERDICTS, WITHOUT_VERDICT, NOT_JUDGED].flatMap((kind) => {
    const count = counts.get(kind);
    return count === undefined ? [] : [`${count} ${kind}`];
  });
  return `${plural(total, 'picture')}: ${parts.join(', ')}`;
}

/** Stands for the product where the model cannot tell it, or the picture shows none of them. */
const NO_PRODUCT = '(no product)';

/** Counts of predictions by product and category. */
export class ProductCounts {
  readonly total = new Map<string, number>();
  readonly #byProduct = new Map<string, Map<string, number>>();

  add(prediction: Prediction): void {
    const kind = kindOf(prediction);
    this.total.set(kind, (this.total.get(kind) ?? 0) + 1);
    if ('error' in prediction) return;
    const product = (isStrange(prediction) ? null : prediction.class) ?? NO_PRODUCT;
    const own = this.#byProduct.get(product) ?? new Map<string, number>();
    this.#byProduct.set(product, own.set(kind, (own.get(kind) ?? 0) + 1));
  }

  /** A table by product, in the order of names, of many products those with the most pictures that are not OK; undefined where it would say no more than the counts of all. */
  table(): string | undefined {
    if (this.#byProduct.size < 2) return undefined;
    const kinds = [...VERDICTS, WITHOUT_VERDICT].filter((kind) => this.total.has(kind));
    const byName = [...this.#byProduct].toSorted(([a], [b]) => (a < b ? -1 : 1));
    const strange = (own: Map<string, number>): number =>
      kinds.reduce((sum, kind) => sum + (kind === 'OK' ? 0 : (own.get(kind) ?? 0)), 0);
    // the order of names stays where numbers are equal
    const products = mostImportant(byName, ([, a], [, b]) => strange(b) - strange(a));
    const left = byName.length - products.length;
    const shown = table(
      ['product', ...kinds],
      products.map(([name, own]) => [visibleLine(name), ...kinds.map((kind) => String(own.get(kind) ?? 0))]),
    );
    return left > 0 ? `${shown}\n… and ${left} more products with no more pictures that are not OK` : shown;
  }
}

const CSV_HEADER = [
  'file',
  'product',
  'verdict',
  'times limit',
  'score',
  'review',
  'reject',
  'regions',
  'left',
  'top',
  'width',
  'height',
  'doubts or error',
];

/** First line of a CSV of predictions. */
export const csvHeader = (): string => csv([CSV_HEADER]);

/** A prediction as a line of CSV, with its highest region. */
export function csvLine(prediction: Prediction): string {
  if ('error' in prediction) {
    return csv([[prediction.file, null, null, ...Array<null>(9).fill(null), prediction.error]]);
  }
  const { file, score, scoreOfLimit, verdict, thresholds, regions, doubts } = prediction;
  const box = regions?.[0]?.box ?? [null, null, null, null];
  return csv([
    [
      file,
      prediction.class,
      verdict,
      scoreOfLimit === null ? null : rounded(scoreOfLimit),
      rounded(score),
      thresholds ? rounded(thresholds.review) : null,
      thresholds ? rounded(thresholds.reject) : null,
      regions?.length ?? null,
      ...box,
      doubts.join('; '),
    ],
  ]);
}

const isStrange = ({ verdict, classSource }: Exclude<Prediction, { error: string }>): boolean =>
  verdict === 'UNKNOWN' && classSource === 'nearest';

const WIDTHS = { verdict: 8, times: 8, product: 14, where: 24 };

const row = (verdict: string, times: string, product: string, where: string, file: string) =>
  [
    verdict.padEnd(WIDTHS.verdict),
    times.padStart(WIDTHS.times),
    product.padEnd(WIDTHS.product),
    where.padEnd(WIDTHS.where),
    file,
  ]
    .join('  ')
    .trimEnd();

/** A path as a person reads it: relative to the working directory where that is shorter. */
const near = (path: string): string => {
  const short = relative(process.cwd(), path);
  return short !== '' && !short.startsWith('..') && short.length < path.length ? short : path;
};

/** Why a picture was not judged; the reason mostly names it. */
export const failureOf = ({ file, error }: { file: string; error: string }): string =>
  error.startsWith(file) ? near(file) + error.slice(file.length) : `${near(file)}: ${error}`;

/** Header of the terminal table. */
export const tableHeader = (): string => row('verdict', 'of limit', 'product', 'where', 'picture');

/** A prediction as a line of the terminal table: the score as a multiple of its limit (the raw one where there is none), and the highest region. */
export function tableLine(prediction: Prediction): string {
  if ('error' in prediction) return row('error', '', '', '', visibleLine(failureOf(prediction)));
  const { file, score, verdict, thresholds, regions, doubts } = prediction;
  const multiple = multipleText(score, thresholds);
  const times = multiple === null ? score.toFixed(4) : `${multiple}x`;
  const [first, ...more] = regions ?? [];
  const where = first
    ? `${first.box[2]}x${first.box[3]} at ${first.box[0]},${first.box[1]}${more.length > 0 ? ` +${more.length}` : ''}`
    : '';
  const why = doubts.length > 0 ? `  (${doubts.join('; ')})` : '';
  return row(
    verdict ?? 'none',
    times,
    // of a picture of no product the nearest class would be read as its product
    visibleLine((isStrange(prediction) ? null : prediction.class) ?? '?'),
    where,
    visibleLine(`${near(file)}${why}`),
  );
}
