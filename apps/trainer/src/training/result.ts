import { adviceOf, sentenceOf } from '@pyramid-mamba/inspect';
import { readModelInfo, type Calibration } from '@pyramid-mamba/model';
import { readUserFile } from '../weights/encoderSource.js';
import { readEpochs, trainedSteps } from '../report/runResults.js';
import { summaryLine } from '../report/summary.js';
import type { Run } from '../run/run.js';

/** The result of a training, for users (`summary`) and scripts. */
export interface TrainResult {
  /** The run's folder and its files. */
  run: string;
  config: string;
  log: string;
  model: string;
  summary: string;
  classes: string[];
  trainingPictures: number;
  /** Held-back good pictures. */
  heldBack: number;
  backend: string;
  /** Steps since the start of training, and completed epochs. */
  steps: number;
  epochs: number;
  /** Mean of the last completed epoch; null if there is none. */
  loss: number | null;
  /** Spent on completed epochs. */
  seconds: number;
  /** By class, for those with held-back good pictures. */
  thresholds: Record<string, Calibration>;
  /** How far to trust the model: its self-test in a sentence; absent where it was not tested. */
  trust?: string;
  /** What helps where a class did not pass it, a sentence. */
  advice?: string;
}

/** Reads the result of a training from the run's folder. Throws a UserError or FormatError if it is not finished. */
export async function trainResult(run: Run): Promise<TrainResult> {
  const config = await run.readConfig();
  const epochs = await readEpochs(run);
  const { info } = readModelInfo(await readUserFile(run.model, 'train'), run.model);
  const last = epochs.at(-1);
  const steps = trainedSteps(info);
  const advice = info.selfTest && adviceOf(info.selfTest);
  return {
    run: run.folder,
    config: run.config,
    log: run.log,
    model: run.model,
    summary: summaryLine({ config, epochs, steps }),
    classes: config.classes,
    trainingPictures: config.trainingPictures,
    heldBack: config.heldBack.length,
    backend: config.backend,
    steps: steps ?? last?.step ?? 0,
    epochs: epochs.length,
    loss: last?.loss ?? null,
    seconds: epochs.reduce((sum, epoch) => sum + epoch.seconds, 0),
    thresholds: info.calibration ?? {},
    ...(info.selfTest && { trust: sentenceOf(info.selfTest) }),
    ...(advice !== undefined && { advice }),
  };
}
