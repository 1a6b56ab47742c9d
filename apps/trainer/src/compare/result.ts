import { ownValue } from '@pyramid-mamba/metrics';
import { inputOf, methodOf, readModelInfo, shortInput } from '@pyramid-mamba/model';
import { comparedTitle, FIGURES, overall, percentOf, readScores, type ScoreLine } from '@pyramid-mamba/runs';
import { meanAndStd } from '../ablation/ablation.js';
import { seedsWithout, withoutNote, type Reasons, type WithoutSeed } from '../ablation/unsound.js';
import { readMetrics, trainedSteps } from '../report/runResults.js';
import { readUserFile } from '../weights/encoderSource.js';
import { cellsOf, rowKey, runOfCell, type EncoderChoice, type MethodChoice } from './cells.js';
import { readCost } from './cost.js';
import { PUBLISHED, publishedMean } from './published.js';
import { pairOf, pictureRows, type Pair, type PictureRow } from './standing.js';

/** Mean and standard deviation over the seeds, or null if no seed has the figure. */
export type Spread = { mean: number; std: number } | null;

/** A method with an encoder: the cells of all seeds. */
export interface Row {
  key: string;
  method: string;
  title: string;
  preset: string;
  encoder: string;
  /** `256×256`. */
  input: string;
  backend: string;
  /** Figures in percent, in the order of `figures`. */
  mean: Spread[];
  classes: Record<string, Spread[]>;
  /** Seeds without figures, of which the means know nothing, and why. */
  without: WithoutSeed[];
  /** Optimiser steps of the last model of each seed with figures; null where the method learns by one fit. */
  steps: (number | null)[];
  /** Seconds of learning. */
  seconds: Spread;
  /** Bytes. `peakIsBound`: some seed's is an upper bound, see `Cost`. */
  peakBytes: Spread;
  peakIsBound: boolean;
  /** Milliseconds. */
  picture: Spread;
  /** Numbers learnt, and of the encoder. */
  learnt: Spread;
  encoderNumbers: Spread;
  runs: {
    seed: number;
    folder: string;
    seconds: number | null;
    overall: number | null;
    mean: (number | null)[];
  }[];
}

/** A published column beside ours. */
export interface PublishedColumn {
  title: string;
  classes: Record<string, readonly number[]>;
  mean: readonly number[] | null;
}

/** What `compare.json` holds. */
export interface Comparison {
  format: 'pyramid-mamba comparison 1';
  data: string;
  classes: string[];
  seeds: readonly number[];
  figures: readonly string[];
  notes: string[];
  rows: Row[];
  published: PublishedColumn[];
  pictures: PictureRow[];
  /** Of rows with one encoder. */
  pairs: Pair[];
}

/** How figures are measured, for every table. */
export const NOTES: readonly string[] = [
  'Every figure is of the model after the last step, never of the best one on the test pictures.',
  'Mask rule: a pixel is defective where the mask, resized to the input, is above one half. Some published tables count every pixel above 0, ' +
    'and the paper does not say which rule its columns follow.',
];

/** Reads the results of all cells, which must have been evaluated, but for those that `failed` (by their keys, with the reason). */
export async function comparisonOf(
  methods: readonly MethodChoice[],
  encoders: readonly EncoderChoice[],
  seeds: readonly number[],
  { out, data, classes, failed }: { out: string; data: string; classes: readonly string[]; failed: Reasons },
): Promise<Comparison> {
  const rows: Row[] = [];
  const scores: ScoreLine[][][] = [];
  const groups = encoders.flatMap((encoder) => methods.map((choice) => ({ encoder, choice })));
  for (const { encoder, choice } of groups) {
    const cells = cellsOf([choice], [encoder], seeds);
    const keys = cells.map(({ key }) => key);
    const without = seedsWithout(seeds, keys, failed);
    const found = await Promise.all(
      cells
        .filter(({ key }) => !failed.has(key))
        .map(async (cell) => {
          const run = runOfCell(out, cell);
          const [metrics, cost] = [await readMetrics(run), await readCost(out, cell.key)];
          const { info } = readModelInfo(await readUserFile(run.model, 'compare'), run.model);
          const lines = (await readScores(run.files)).filter((line) => classes.includes(line.class));
          return { cell, run, metrics, cost, steps: trainedSteps(info) ?? null, lines };
        }),
    );
    const over = (of: (one: (typeof found)[number]) => number | null | undefined): Spread =>
      meanAndStd(found.flatMap((one) => [of(one)].filter((value) => typeof value === 'number'))) ?? null;
    const config = await runOfCell(out, cells[0]!).readConfig();
    const bySteps = methodOf(config.model).learns !== 'bank';
    rows.push({
      key: rowKey(choice, encoder),
      method: choice.method.name,
      title: choice.method.title,
      preset: choice.preset,
      encoder: encoder.label,
      input: shortInput(inputOf(config.model)),
      backend: config.backend,
      mean: FIGURES.map((_, c) => over(({ metrics }) => percentOf(metrics.mean)[c])),
      classes: Object.fromEntries(
        classes.map((name) => [
          name,
          FIGURES.map((_, c) =>
            over(({ metrics }) => {
              const own = ownValue(metrics.classes, name);
              return own && percentOf(own)[c];
            }),
          ),
        ]),
      ),
      without,
      steps: found.map(({ steps }) => (bySteps ? steps : null)),
      seconds: over(({ cost }) => cost?.seconds),
      peakBytes: over(({ cost }) => cost?.peakBytes),
      peakIsBound: found.some(({ cost }) => cost?.peakIsBound === true),
      picture: over(({ cost }) => cost?.picture),
      learnt: over(({ cost }) => cost?.learnt),
      encoderNumbers: over(({ cost }) => cost?.encoder),
      runs: found.map(({ cell, run, metrics, cost }) => ({
        seed: cell.seed,
        folder: run.folder,
        seconds: cost?.seconds ?? null,
        overall: overall(metrics.mean),
        mean: percentOf(metrics.mean),
      })),
    });
    scores.push(found.map(({ lines }) => lines));
  }
  const pictures = pictureRows(scores);
  const hasScores = (row: number): boolean => scores[row]!.length > 0;
  const pairs = rows.flatMap(({ encoder }, a) =>
    rows.flatMap((other, b) =>
      b > a && other.encoder === encoder && hasScores(a) && hasScores(b) ? [pairOf(pictures, a, b)] : [],
    ),
  );
  const known = classes.some((name) => PUBLISHED.some((one) => Object.hasOwn(one.classes, name)));
  const published = known ? PUBLISHED : [];
  return {
    format: 'pyramid-mamba comparison 1',
    data,
    classes: [...classes],
    seeds,
    figures: FIGURES,
    notes: [
      ...NOTES,
      ...rows.flatMap(({ without, runs, ...row }) => {
        const title = comparedTitle({ ...row, without: [] }, rows);
        const left = runs.map(({ seed }) => seed);
        return withoutNote(title, without, left) ?? [];
      }),
    ],
    rows,
    published: published.map((one) => ({
      title: one.title,
      classes: Object.fromEntries(
        classes.flatMap((name) => (Object.hasOwn(one.classes, name) ? [[name, one.classes[name]!]] : [])),
      ),
      mean: publishedMean(one, classes) ?? null,
    })),
    pictures,
    pairs,
  };
}
