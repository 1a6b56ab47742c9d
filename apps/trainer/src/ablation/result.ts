import { join } from 'node:path';
import { ownValue } from '@pyramid-mamba/metrics';
import { meanAndStd, type Ablation } from './ablation.js';
import { seedsWithout, withoutNote, type Reasons, type WithoutSeed } from './unsound.js';
import { barCharts } from '../report/charts.js';
import { readMetrics } from '../report/runResults.js';
import { FIGURES, HEADINGS, percentOf } from '@pyramid-mamba/runs';
import { Run } from '../run/run.js';
import { table } from '../text/table.js';

/** Mean and standard deviation over the seeds in percent, or null if no seed has the figure. */
type Figure = { mean: number; std: number } | null;

/** A variant's figures, in the order of `FIGURES`. */
export interface AblationRow {
  label: string;
  variant: string;
  /** Mean over the classes. */
  mean: Figure[];
  classes: Record<string, Figure[]>;
  /** Seeds without figures, of which the means know nothing, and why. */
  without: WithoutSeed[];
  /** The paper's `mean`, if it prints numbers. */
  paper?: readonly number[];
}

/** A table or figure of the paper with our results. */
export interface AblationResult {
  key: string;
  title: string;
  seeds: readonly number[];
  figures: readonly string[];
  rows: AblationRow[];
}

/** The name of a variant's run folder. */
export const keyOf = (variant: string, seed: number): string => `${variant}-seed${seed}`;

/** The folder of a variant's run below the ablation's folder. */
export function runOf(out: string, variant: string, seed: number): Run {
  return new Run(join(out, keyOf(variant, seed)));
}

/** Reads the results of a table's runs, all of which must have been evaluated, but for those that `failed`. */
export async function ablationResult(
  { key, title, rows }: Ablation,
  seeds: readonly number[],
  out: string,
  failed: Reasons = new Map(),
): Promise<AblationResult> {
  const read = (variant: string, seed: number) => readMetrics(runOf(out, variant, seed));
  return {
    key,
    title,
    seeds,
    figures: FIGURES,
    rows: await Promise.all(
      rows.map(async ({ label, variant, paper }) => {
        const keys = seeds.map((seed) => keyOf(variant, seed));
        const without = seedsWithout(seeds, keys, failed);
        const sound = seeds.filter((seed) => !failed.has(keyOf(variant, seed)));
        const found = await Promise.all(sound.map((seed) => read(variant, seed)));
        // runs of an earlier call may have had other classes
        const names = [...new Set(found.flatMap(({ classes }) => Object.keys(classes)))];
        const ofClass = (name: string) =>
          found.flatMap(({ classes }) => {
            const own = ownValue(classes, name);
            return own ? [percentOf(own)] : [];
          });
        return {
          label,
          variant,
          mean: overSeeds(found.map(({ mean }) => percentOf(mean))),
          classes: Object.fromEntries(names.map((name) => [name, overSeeds(ofClass(name))])),
          without,
          ...(paper ? { paper } : {}),
        };
      }),
    ),
  };
}

function overSeeds(found: readonly (readonly (number | null)[])[]): Figure[] {
  return FIGURES.map(
    (_, c) =>
      meanAndStd(found.flatMap((values) => (typeof values[c] === 'number' ? [values[c]] : []))) ?? null,
  );
}

const cell = (figure: Figure | undefined) =>
  figure ? `${figure.mean.toFixed(1)} ± ${figure.std.toFixed(1)}` : '–';

/** A table in the paper's shape, percent, mean ± standard deviation over the seeds, the paper's figures below each row. */
export function ablationTable({ title, seeds, rows }: AblationResult): string {
  const lines = rows.flatMap(({ label, mean, paper }) => [
    [label, ...mean.map(cell)],
    ...(paper ? [['  paper', ...paper.map((value) => value.toFixed(1))]] : []),
  ]);
  const over = `mean ± standard deviation over ${seeds.length} ${seeds.length === 1 ? 'seed' : 'seeds'} (${seeds.join(', ')})`;
  const notes = rows.flatMap(({ label, without }) => {
    const lost = without.map(({ seed }) => seed);
    return (
      withoutNote(
        label,
        without,
        seeds.filter((seed) => !lost.includes(seed)),
      ) ?? []
    );
  });
  return [
    `${title}, mean over the classes, percent, ${over}`,
    table(['', ...HEADINGS], lines),
    ...notes,
  ].join('\n');
}

/** One figure of every class, one column per variant: the numbers of a bar chart by class. */
export function classTable({ title, rows }: AblationResult, figure: string): string {
  const c = FIGURES.indexOf(figure);
  const lines = classesOf(rows).map((name) => [
    name,
    ...rows.map(({ classes }) => cell(ownValue(classes, name)?.[c])),
  ]);
  return `${title}, ${figure} of each class\n${table(['', ...rows.map(({ label }) => label)], lines)}`;
}

/** For each pixel figure a bar chart, grouped by class with one bar per variant, stacked as one SVG file. */
export function classBars({ rows }: AblationResult): string {
  const names = classesOf(rows);
  return barCharts(
    FIGURES.flatMap((figure, c) =>
      figure.startsWith('image')
        ? []
        : [
            {
              title: `${figure}, percent`,
              groups: names,
              series: rows.map(({ label, classes }) => ({
                name: label,
                bars: names.map((name) => ownValue(classes, name)?.[c] ?? null),
              })),
            },
          ],
    ),
  );
}

const classesOf = (rows: readonly AblationRow[]): string[] => [
  ...new Set(rows.flatMap(({ classes }) => Object.keys(classes))),
];
