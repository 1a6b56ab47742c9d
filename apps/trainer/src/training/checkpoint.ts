import { writeFileAtomic } from '@pyramid-mamba/data/node';
import {
  readCheckpoint,
  writeCheckpoint,
  type GradientDetector,
  type Optimizer,
  type TrainingState,
} from '@pyramid-mamba/model';
import { readUserFile } from '../weights/encoderSource.js';

export async function saveCheckpoint(
  path: string,
  model: GradientDetector,
  optimizer: Optimizer,
  state: TrainingState,
): Promise<void> {
  await writeFileAtomic(path, await writeCheckpoint(model, optimizer, state));
}

/** Loads a checkpoint into `model` and `optimizer`. Throws a FormatError if the file is damaged or of another model. */
export async function loadCheckpoint(
  path: string,
  model: GradientDetector,
  optimizer: Optimizer,
): Promise<TrainingState> {
  return readCheckpoint(await readUserFile(path, 'checkpoint'), path, model, optimizer);
}
