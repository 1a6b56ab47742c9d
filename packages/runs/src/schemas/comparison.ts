// What `pyramid-mamba compare` writes as `compare.json`.
import { z } from 'zod';
import { checked } from '../read.js';
import { MAX_CLASSES, MAX_NAME } from './limits.js';
import { namedRecord } from './named.js';

const MAX_ROWS = 200;
const MAX_SEEDS = 1_000;
const MAX_PICTURES = 200_000;
/** One for each row that lacks a seed, and how the figures are made. */
const MAX_NOTES = MAX_ROWS + 50;

const name = z.string().min(1).max(MAX_NAME);
const text = z.string().max(10_000);
/** Files may lie in deep folders. */
const path = z.string().max(4_000);
const amount = z.number().min(-1e15).max(1e15);
const count = z.number().int().min(0);
/** Mean and standard deviation over the seeds; null where no seed has the figure. */
const spread = z.object({ mean: amount, std: amount }).nullable();
const share = z.number().min(0).max(1);

const rowSchema = z.object({
  key: name,
  method: name,
  title: name,
  preset: name,
  encoder: name,
  input: name,
  backend: name,
  /** In percent, in the order of `figures`. */
  mean: z.array(spread),
  classes: namedRecord(z.array(spread), name),
  /** Seeds without figures, and why; files of older versions have none. */
  without: z
    .array(z.object({ seed: z.number(), why: text }))
    .max(MAX_SEEDS)
    .default([]),
  /** Of learning. */
  seconds: spread,
  peakBytes: spread,
  /** Milliseconds. */
  picture: spread,
});

const comparisonSchema = z
  .object({
    format: z.literal('pyramid-mamba comparison 1'),
    data: path,
    classes: z.array(name).max(MAX_CLASSES),
    seeds: z.array(z.number()).max(MAX_SEEDS),
    figures: z.array(name).max(50),
    notes: z.array(text).max(MAX_NOTES),
    rows: z.array(rowSchema).min(1).max(MAX_ROWS),
    published: z
      .array(
        z.object({
          title: name,
          classes: namedRecord(z.array(amount), name),
          mean: z.array(amount).nullable(),
        }),
      )
      .max(MAX_ROWS),
    /** Each with its standing by every row, 0 to 1; null by one without figures. */
    pictures: z
      .array(
        z.object({
          file: path,
          class: name,
          label: z.union([z.literal(0), z.literal(1)]),
          defect: z.string().max(MAX_NAME),
          standings: z.array(share.nullable()),
        }),
      )
      .max(MAX_PICTURES),
    /** Of two rows, by their indices. */
    pairs: z.array(z.object({ a: count, b: count, wins: count, losses: count, ties: count })),
  })
  .superRefine(({ figures, classes, rows, published, pictures, pairs }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', message });
    const lists = [
      ...rows.flatMap((row) => [row.mean, ...Object.values(row.classes)]),
      ...published.flatMap((one) => [...(one.mean ? [one.mean] : []), ...Object.values(one.classes)]),
    ];
    if (lists.some(({ length }) => length !== figures.length))
      refuse(`a row does not have the ${figures.length} figures that are named`);
    if (rows.some((row) => classes.some((one) => !Object.hasOwn(row.classes, one))))
      refuse('a row lacks a class');
    if (pictures.some(({ standings }) => standings.length !== rows.length))
      refuse(`a picture does not have ${rows.length} standings, one of each row`);
    if (pairs.some(({ a, b }) => a === b || Math.max(a, b) >= rows.length))
      refuse('a pair names a row that is not there');
  });

/** A comparison of methods, as far as it is looked at. */
export type ComparisonFile = z.infer<typeof comparisonSchema>;
export type ComparedRow = ComparisonFile['rows'][number];
export type ComparedPicture = ComparisonFile['pictures'][number];

/** Reads `compare.json`. Throws a RunError, one sentence, for anything else. */
export const readComparison = (content: string, where: string): ComparisonFile =>
  checked(content, comparisonSchema, where, {
    wanted: 'the comparison that pyramid-mamba compare writes as compare.json',
    next: 'call the same compare again, which writes it anew',
  });

/** `seed 2`, `seeds 1, 3` */
export const seedsText = (seeds: readonly number[]): string =>
  `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`;

/** The name of a row among the others: preset and encoder only where rows differ in them, and the seeds that it lacks. */
export function comparedTitle(
  row: Pick<ComparedRow, 'title' | 'method' | 'preset' | 'encoder' | 'without'>,
  rows: readonly Pick<ComparedRow, 'method' | 'encoder'>[],
): string {
  const presets = rows.filter(({ method, encoder }) => method === row.method && encoder === row.encoder);
  const more = [
    ...(presets.length > 1 ? [row.preset] : []),
    ...(new Set(rows.map(({ encoder }) => encoder)).size > 1 ? [row.encoder] : []),
  ];
  const lacks = row.without.map(({ seed }) => seed);
  if (lacks.length > 0) more.push(`(without ${seedsText(lacks)})`);
  return [row.title, ...more].join(' ');
}
