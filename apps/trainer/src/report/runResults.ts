import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Calibration } from '@pyramid-mamba/model';
import type { EpochRecord } from '@pyramid-mamba/model';
import type { ClassCurves } from '../classCurves.js';
import { UserError } from '../errors.js';
import { requireOneEvaluation, type Evaluated } from '../evaluated.js';
import { requireConsistent } from './consistent.js';
import type { ScoreLine } from '../evaluation.js';
import type { MetricsReport } from '../metricsReport.js';
import type { Run, RunConfig } from '../run.js';

/** The results in a run's folder. */
export interface RunResults {
  config: RunConfig;
  metrics: MetricsReport & { thresholds?: Record<string, Calibration>; evaluated?: Evaluated };
  scores: ScoreLine[];
  /** By class. */
  curves: Record<string, ClassCurves>;
  epochs: EpochRecord[];
}

/** Reads the results of a run. Throws a UserError if it was not evaluated or a file is damaged. */
export async function readResults(run: Run): Promise<RunResults> {
  const config = await run.readConfig();
  if (!existsSync(run.metrics)) {
    throw new UserError(
      `${run.folder} has no metrics.json yet: finish its training, then run \`pyramid-mamba evaluate ${run.folder}\``,
    );
  }
  const metrics = (await json(run.metrics)) as RunResults['metrics'];
  await requireOneEvaluation(run, metrics.evaluated);
  const scores = requireMaps((await lines(run.scores)) as ScoreLine[], run.scores);
  requireConsistent({ scores, metrics }, run.scores);
  return {
    config,
    metrics,
    scores,
    curves: existsSync(run.curves) ? ((await json(run.curves)) as RunResults['curves']) : {},
    epochs: await readEpochs(run),
  };
}

/** The lines of a run's `train.jsonl`; none if the file is missing. */
export async function readEpochs(run: Run): Promise<EpochRecord[]> {
  return existsSync(run.log) ? ((await lines(run.log)) as EpochRecord[]) : [];
}

/** Evaluations of older versions have no names of heat maps. */
function requireMaps(scores: ScoreLine[], path: string): ScoreLine[] {
  if (scores.every(({ map }) => typeof map === 'string')) return scores;
  throw new UserError(
    `${path} is from an older version, without the names of the heat maps; run \`evaluate\` again`,
  );
}

function parsed(text: string, path: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(
      `${path}: expected JSON from \`evaluate\`, but the file is damaged; run \`evaluate\` again`,
      {
        cause: error,
      },
    );
  }
}

async function text(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: unknown) => {
    throw new UserError(`${path} cannot be read; run \`evaluate\` again`, { cause: error });
  });
}

const json = async (path: string) => parsed(await text(path), path);

const lines = async (path: string) =>
  (await text(path))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => parsed(line, path));
