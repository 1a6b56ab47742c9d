import { readModelInfo, type Calibration } from '@pyramid-mamba/model';
import { readUserFile } from './encoderSource.js';
import { readEpochs } from './report/runResults.js';
import { summaryLine } from './report/summary.js';
import type { Run } from './run.js';

/** What a training comes to, for people (`summary`) and machines. */
export interface TrainResult {
  /** The run's folder and its files. */
  run: string;
  config: string;
  log: string;
  model: string;
  summary: string;
  classes: string[];
  trainingPictures: number;
  /** Good pictures not trained on. */
  heldBack: number;
  backend: string;
  /** Steps made since training began, and epochs completed. */
  steps: number;
  epochs: number;
  /** Mean of the last completed epoch; null where none is. */
  loss: number | null;
  /** Spent on completed epochs. */
  seconds: number;
  /** By class, of those that had good pictures held back. */
  thresholds: Record<string, Calibration>;
}

/** Reads from the run's folder what its training came to. Throws a UserError or FormatError where it has not ended. */
export async function trainResult(run: Run): Promise<TrainResult> {
  const config = await run.readConfig();
  const epochs = await readEpochs(run);
  const { info } = readModelInfo(await readUserFile(run.model, 'train'), run.model);
  const last = epochs.at(-1);
  const steps = info.training?.['steps'];
  return {
    run: run.folder,
    config: run.config,
    log: run.log,
    model: run.model,
    summary: summaryLine({ config, epochs }),
    classes: config.classes,
    trainingPictures: config.trainingPictures,
    heldBack: config.heldBack.length,
    backend: config.backend,
    steps: typeof steps === 'number' ? steps : (last?.step ?? 0),
    epochs: epochs.length,
    loss: last?.loss ?? null,
    seconds: epochs.reduce((sum, epoch) => sum + epoch.seconds, 0),
    thresholds: info.calibration ?? {},
  };
}
