// Readers of what an evaluation and a training write into a run folder.
import type { ClassCalibration, Verdict } from '@pyramid-mamba/metrics';
import { z } from 'zod';
import type { RunScale } from './look/heat.js';
import { readJson, readLines, type Words } from './read.js';
import type { MetricsReport } from './report.js';
import { curvesSchema, epochSchema, metricsSchema, scoreSchema } from './schemas/results.js';
import { RunError, type Files } from './storage/port.js';

/** The contents of `metrics.json`. */
export interface RunMetrics extends MetricsReport {
  /** Thresholds of the verdicts, by class. */
  thresholds?: Record<string, ClassCalibration> | undefined;
  heatMapScale?: RunScale | undefined;
  evaluated?: Evaluated | undefined;
}
/** Links the results of one evaluation; evaluations of older versions have none. All digests are SHA-256 in hex. */
export interface Evaluated {
  /** Of the model's configuration and weights. */
  model: string;
  /** Of the test pictures' hashes and classes, in the order of `scores.jsonl`. */
  data: string;
  /** Of the evaluation's other files, by path below the run's folder. */
  files: Record<string, string>;
}
/** The contents of `curves.json`: pixel curves by class, the PRO curve up to a false positive rate of 0.3. */
export type RunCurves = Readonly<Record<string, Readonly<Record<'roc' | 'pr' | 'pro', StoredCurve>>>>;
/** Points of a pixel curve: x, y, and, in newer runs, the threshold of the point. */
export type StoredCurve = readonly (readonly [x: number, y: number, threshold?: number])[];
/** A line of `scores.jsonl`. */
export interface ScoreLine {
  /** The picture's id. */
  file: string;
  class: string;
  label: 0 | 1;
  defect: string;
  score: number;
  /** null if the class has no thresholds. */
  verdict: Verdict | null;
  /** Its heat map, relative to `maps/`. */
  map: string;
}
/** A line of `train.jsonl`. */
export type EpochLine = z.infer<typeof epochSchema>;

/** What to do about missing or damaged results. */
export const AGAIN = 'run `pyramid-mamba evaluate` on the run again';
const EVALUATED: Words = { wanted: 'a file written by `evaluate`', next: AGAIN };
const TRAINED: Words = {
  wanted: 'a file written by `train`',
  next: 'restore the file, or train again in another folder',
};

/** A run's `metrics.json`; undefined if it was not evaluated. Rejects with a RunError if the file is damaged. */
export const readMetrics = (files: Files): Promise<RunMetrics | undefined> =>
  readJson(files, 'metrics.json', metricsSchema, EVALUATED);

/** A run's `curves.json`; undefined if it has none. Rejects with a RunError if the file is damaged. */
export const readCurves = (files: Files): Promise<RunCurves | undefined> =>
  readJson(files, 'curves.json', curvesSchema, EVALUATED);

/** Evaluations of older versions did not record which heat map belongs to which picture. */
const mapless = scoreSchema.extend({ map: z.undefined() });

/** The lines of a run's `scores.jsonl`. Rejects with a RunError if the file is missing, damaged or of an older version. */
export async function readScores(files: Files): Promise<ScoreLine[]> {
  const where = files.where('scores.jsonl');
  const lines = await readLines(files, 'scores.jsonl', z.union([scoreSchema, mapless]), EVALUATED);
  if (!lines) throw new RunError(`${where} is missing; ${AGAIN}`);
  return lines.map((line): ScoreLine => {
    if (line.map !== undefined) return line;
    throw new RunError(`${where} is from an older version, without the names of the heat maps; ${AGAIN}`);
  });
}

/** The lines of a run's `train.jsonl`; none if it has no such file. Rejects with a RunError if it is damaged. */
export const readEpochs = async (files: Files): Promise<EpochLine[]> =>
  (await readLines(files, 'train.jsonl', epochSchema, TRAINED)) ?? [];

/** Lines of JSON, as in `scores.jsonl` and `train.jsonl`. */
export const jsonLines = (lines: readonly unknown[]): string =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join('');
