import type { Calibration, EpochRecord } from '@pyramid-mamba/model';
import type { ClassCurves } from '../classCurves.js';
import { UserError } from '../errors.js';
import { requireOneEvaluation, type Evaluated } from '../evaluated.js';
import { requireConsistent } from './consistent.js';
import type { ScoreLine } from '../evaluation.js';
import type { MetricsReport } from '../metricsReport.js';
import type { Run, RunConfig } from '../run.js';
import { readJson, readLines } from '../runFolder/results.js';
import { curvesSchema, epochSchema, metricsSchema, scoreSchema } from '../runFolder/schemas.js';
import { z } from 'zod';

/** The contents of `metrics.json`. */
export type RunMetrics = MetricsReport & { thresholds?: Record<string, Calibration>; evaluated?: Evaluated };

/** The results in a run's folder. */
export interface RunResults {
  config: RunConfig;
  metrics: RunMetrics;
  scores: ScoreLine[];
  /** By class. */
  curves: Record<string, ClassCurves>;
  epochs: EpochRecord[];
}

const AGAIN = 'run `pyramid-mamba evaluate` on the run again';
const EVALUATED = { wanted: 'what `evaluate` writes', next: AGAIN };
/** Evaluations of older versions did not record which heat map belongs to which picture. */
const mapless = scoreSchema.extend({ map: z.undefined() });

/** Reads the results of a run. Throws a UserError where it was not evaluated or a file is damaged. */
export async function readResults(run: Run): Promise<RunResults> {
  const config = await run.readConfig();
  const metrics = await readMetrics(run);
  await requireOneEvaluation(run, metrics.evaluated);
  const lines = await readLines(run.folder, 'scores.jsonl', z.union([scoreSchema, mapless]), EVALUATED);
  if (!lines) throw new UserError(`${run.scores} is missing; ${AGAIN}`);
  const scores = lines.map((line): ScoreLine => {
    if (line.map !== undefined) return line;
    throw new UserError(
      `${run.scores} is from an older version, without the names of the heat maps; ${AGAIN}`,
    );
  });
  requireConsistent({ scores, metrics }, run.scores);
  const curves = await readJson(run.folder, 'curves.json', curvesSchema, EVALUATED);
  return {
    config,
    metrics,
    scores,
    curves: (curves ?? {}) as RunResults['curves'],
    epochs: await readEpochs(run),
  };
}

/** A run's `metrics.json`. Throws a UserError if the run was not evaluated or the file is damaged. */
export async function readMetrics(run: Run): Promise<RunMetrics> {
  const metrics = await readJson(run.folder, 'metrics.json', metricsSchema, EVALUATED);
  if (metrics) return metrics as RunMetrics;
  throw new UserError(
    `${run.folder} has no metrics.json yet: finish its training, then run \`pyramid-mamba evaluate ${run.folder}\``,
  );
}

/** The lines of a run's `train.jsonl`; none if it has no such file. Throws a UserError if it is damaged. */
export async function readEpochs(run: Run): Promise<EpochRecord[]> {
  const words = { wanted: 'what `train` writes', next: 'restore the file, or train again in another folder' };
  return (await readLines(run.folder, 'train.jsonl', epochSchema, words)) ?? [];
}
