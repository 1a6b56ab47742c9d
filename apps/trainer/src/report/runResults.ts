import { existsSync } from 'node:fs';
import {
  FormatError,
  methodOf,
  readModelInfo,
  type EpochRecord,
  type Locating,
  type ModelInfo,
  type SelfTest,
} from '@pyramid-mamba/model';
import {
  readCurves,
  readEpochs as readEpochLines,
  readMetrics as readMetricsFile,
  readScores,
  type Figures,
  type RunCurves,
  type RunMetrics,
  type ScoreLine,
} from '@pyramid-mamba/runs';
import { UserError } from '../errors.js';
import { requireOneEvaluation } from '../evaluation/evaluated.js';
import type { Run, RunConfig } from '../run/run.js';
import { readUserFile } from '../weights/encoderSource.js';
import { requireConsistent } from './consistent.js';

/** The results in a run's folder. */
export interface RunResults {
  config: RunConfig;
  /** Of a run that was not evaluated: no figures, and the thresholds of its model file. */
  metrics: RunMetrics;
  /** None where the run was not evaluated. */
  scores: ScoreLine[];
  /** By class. */
  curves: RunCurves;
  epochs: EpochRecord[];
  /** Steps of the trained model, also those of an incomplete epoch; undefined where its file does not state them. */
  steps: number | undefined;
  /** Of the model file; undefined where it has none. */
  selfTest: SelfTest | undefined;
  /** How the model finds the part in a picture; its defects were drawn on aligned pictures. */
  locating?: Locating | undefined;
}

/**
 * Reads the results of a run; of one that was not evaluated what its model file says of itself. Throws a UserError where that is nothing, a RunError
 * where a file is damaged.
 */
export async function readResults(run: Run): Promise<RunResults> {
  const config = await run.readConfig();
  const metrics = await readMetricsFile(run.files);
  if (!metrics) return untested(run, config);
  await requireOneEvaluation(run, metrics.evaluated);
  const scores = await readScores(run.files);
  requireConsistent({ scores, metrics }, run.scores, methodOf(config.model).largestScore(config.model));
  const curves = (await readCurves(run.files)) ?? {};
  const [epochs, info] = [await readEpochs(run), await readInfo(run)];
  const steps = info && trainedSteps(info);
  return {
    config,
    metrics,
    scores,
    curves,
    epochs,
    steps,
    selfTest: info?.selfTest,
    locating: info?.locating,
  };
}

const NO_FIGURES: Figures = {
  image: { auroc: null, ap: null, f1max: null },
  pixel: { auroc: null, ap: null, f1max: null, aupro: null },
};

async function untested(run: Run, config: RunConfig): Promise<RunResults> {
  const [epochs, info] = [await readEpochs(run), await readInfo(run)];
  // scores without figures are what is left of an evaluation: its pictures were inspected
  if (!info?.selfTest || existsSync(run.scores)) throw notEvaluated(run);
  return {
    config,
    metrics: { protocol: 'paper', mean: NO_FIGURES, classes: {}, thresholds: info.calibration },
    scores: [],
    curves: {},
    epochs,
    steps: trainedSteps(info),
    selfTest: info.selfTest,
    locating: info.locating,
  };
}

/** A run's `metrics.json`. Throws a RunError if the run was not evaluated or the file is damaged. */
export async function readMetrics(run: Run): Promise<RunMetrics> {
  const metrics = await readMetricsFile(run.files);
  if (metrics) return metrics;
  throw notEvaluated(run);
}

function notEvaluated(run: Run): UserError {
  return new UserError(
    `${run.folder} has no metrics.json yet: finish its training, then run \`pyramid-mamba evaluate ${run.folder}\`, ` +
      'with --data FOLDER (good/ and bad/ pictures that it was not trained on) where it has no test pictures of its own',
  );
}

/** The lines of a run's `train.jsonl`; none if it has no such file. Throws a RunError if it is damaged. */
export const readEpochs = (run: Run): Promise<EpochRecord[]> => readEpochLines(run.files);

/** Steps since the start of training, as a model file states them. */
export function trainedSteps({ training }: ModelInfo): number | undefined {
  const steps = training?.['steps'];
  return typeof steps === 'number' ? steps : undefined;
}

async function readInfo(run: Run): Promise<ModelInfo | undefined> {
  try {
    return readModelInfo(await readUserFile(run.model, 'report'), run.model).info;
  } catch (error) {
    // a report does not need the model
    if (error instanceof FormatError || error instanceof UserError) return undefined;
    throw error;
  }
}
