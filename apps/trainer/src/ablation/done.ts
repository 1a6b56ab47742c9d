// Whether a run of an ablation or a comparison matches the request: the same settings, pictures and number of steps, and evaluated.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { datasetFingerprint, type Dataset } from '@pyramid-mamba/data';
import { methodOf, readModelInfo, trainingPlan } from '@pyramid-mamba/model';
import { pictureHashes } from '../run/dataset.js';
import { readUserFile } from '../weights/encoderSource.js';
import { UserError } from '../errors.js';
import type { Evaluated } from '@pyramid-mamba/runs';
import { requireSameRun } from '../run/run.js';
import { weightsDigest } from '../evaluation/thresholdsKept.js';
import { prepare, type Sources, type TrainRequest } from '../training/prepare.js';

/** The work that remains for a run. */
export type Left = 'all' | 'training' | 'measuring' | 'nothing';

/**
 * Throws a UserError where the run's folder holds a run of other settings, other training pictures or more steps.
 *
 * @param sources where they are open already
 */
export async function leftOf(request: TrainRequest, sources?: Sources): Promise<Left> {
  const { run, dataset, maxSteps } = request;
  if (!run.exists()) return 'all';
  const advice = 'give those settings, or another folder with --out';
  const before = await run.readConfig();
  const { config } = await prepare(request, sources);
  requireSameRun(run.folder, before, config, advice, '--out');
  if (!existsSync(run.model)) return 'training';
  const bytes = await readUserFile(run.model, 'ablate');
  // a method that learns by one fit writes its model once it is complete
  if (methodOf(config.model).learns === 'steps') {
    if (request.trainFor !== undefined && config.train.steps === undefined) return 'training';
    const made = readModelInfo(bytes, run.model).info.training?.['steps'];
    const { total: wanted } = trainingPlan(config.train, dataset.train.length, maxSteps);
    if (typeof made !== 'number' || made < wanted) return 'training';
    if (made > wanted) {
      throw new UserError(
        `--out: ${run.folder} was trained for ${made} steps, not ${wanted}; ${advice.replace('those settings', 'that --max-steps')}`,
      );
    }
  }
  const evaluated = await readEvaluated(run.metrics);
  const measured =
    evaluated?.model === weightsDigest(bytes, run.model) && evaluated.data === (await fingerprintOf(dataset));
  return measured ? 'nothing' : 'measuring';
}

/** Which model and data a `metrics.json` belongs to; undefined if it is missing, damaged, or of a version that did not record it. */
async function readEvaluated(path: string): Promise<Partial<Evaluated> | undefined> {
  try {
    return (JSON.parse(await readFile(path, 'utf8')) as { evaluated?: Partial<Evaluated> }).evaluated;
  } catch {
    return undefined;
  }
}

/** The same fingerprint as an evaluation computes: of the test pictures, class by class. */
async function fingerprintOf(dataset: Dataset): Promise<string> {
  const samples = dataset.classes.flatMap((name) =>
    dataset.test.filter(({ className }) => className === name),
  );
  return datasetFingerprint(samples, await pictureHashes(samples));
}
