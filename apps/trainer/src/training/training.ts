import { existsSync } from 'node:fs';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import { FormatError, type TrainConfig } from '@pyramid-mamba/model';
import { isSameModel } from '../evaluation/thresholdsKept.js';
import { requireSameRun } from '../run/run.js';
import { say, type Io } from '../terminal/io.js';
import { readUserFile } from '../weights/encoderSource.js';
import { makeModel } from './makeModel.js';
import { tilesLine } from './planLine.js';
import { noteOtherBackend, prepare, requireStartable, type TrainRequest } from './prepare.js';

/**
 * Trains a model, leaving `config.json`, `train.jsonl`, `checkpoint/` and, at the end, `model.safetensors` in the run's
 * folder. All tensors are disposed when the promise settles.
 */
export async function train(request: TrainRequest, io: Io): Promise<void> {
  const { run, resume } = request;
  await requireStartable(request);
  const prepared = await prepare(request);
  const { config, encoder, backend } = prepared;
  say(io, backend.line);
  say(io, encoder.line);
  const tiles = tilesLine(request, prepared);
  if (tiles !== undefined) say(io, tiles);
  const before = resume ? await run.readConfig() : undefined;
  if (before) requireSameRun(run.folder, before, config);
  noteOtherBackend(before, backend.request, io);
  const writePlan = (planned: TrainConfig) => run.writeConfig({ ...config, train: planned });
  const begin = async () => {
    if (!before) await run.clear();
    await run.sweep();
    if (!before) await run.writeConfig(config);
  };
  const { trainFor } = request;
  const plan = trainFor === undefined ? undefined : { seconds: trainFor, planned: writePlan };
  const { bytes } = await makeModel({ request, prepared, begin, plan }, io);
  if (await hasModel(run.model, bytes)) {
    say(io, `model: ${run.model} (unchanged, with its thresholds)`);
  } else {
    await writeFileAtomic(run.model, bytes);
    say(io, `model: ${run.model}`);
  }
}

/** Whether a file contains the trained model, with whatever thresholds: resuming a complete training does not change thresholds. */
async function hasModel(path: string, bytes: Uint8Array): Promise<boolean> {
  if (!existsSync(path)) return false;
  try {
    return isSameModel(await readUserFile(path, 'train'), bytes, path);
  } catch (error) {
    // a damaged file is replaced
    if (error instanceof FormatError) return false;
    throw error;
  }
}
