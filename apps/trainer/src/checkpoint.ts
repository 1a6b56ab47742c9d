// One file, written in one atomic step, so that weights, optimiser and position can never be of different moments.
// Tensors: `model.<state-dict name>` (weights and batch-norm statistics), `optimizer.<name>`; the position and the history
// are JSON in the metadata. All randomness of training is a function of (seed, step), so no generator state is needed.
import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import {
  FormatError,
  readSafetensors,
  writeSafetensors,
  type HostArray,
  type HostTensor,
  type Optimizer,
  type PyramidMamba,
} from '@pyramid-mamba/model';

const FORMAT = 'pyramid-mamba checkpoint 1';

/** One line of `train.jsonl`: means over the steps of an epoch. */
export interface EpochRecord {
  /** Counted from 1. */
  epoch: number;
  /** Steps made since training began, at the end of this epoch. */
  step: number;
  steps: number;
  loss: number;
  gradNorm: number;
  /** Learning rate of the epoch's last step. */
  lr: number;
  seconds: number;
  imagesPerSecond: number;
}

/** How far training has come. */
export interface TrainingState {
  /** Steps made since training began. */
  step: number;
  /** Epochs completed. */
  epoch: number;
  /** What the epoch at hand has summed up; all 0 at an epoch's end. */
  partial: { steps: number; images: number; loss: number; gradNorm: number; seconds: number };
  history: EpochRecord[];
}

export function freshState(): TrainingState {
  return {
    step: 0,
    epoch: 0,
    partial: { steps: 0, images: 0, loss: 0, gradNorm: 0, seconds: 0 },
    history: [],
  };
}

export async function saveCheckpoint(
  path: string,
  model: PyramidMamba,
  optimizer: Optimizer,
  state: TrainingState,
): Promise<void> {
  const tensors = new Map<string, HostArray>();
  for (const [name, tensor] of await model.stateDict()) tensors.set(`model.${name}`, tensor);
  for (const [name, tensor] of await optimizer.state()) tensors.set(`optimizer.${name}`, tensor);
  await writeFileAtomic(path, writeSafetensors(tensors, { format: FORMAT, state: JSON.stringify(state) }));
}

/** Puts a checkpoint's numbers into `model` and `optimizer`. Throws a FormatError where the file is damaged or of another model. */
export async function loadCheckpoint(
  path: string,
  model: PyramidMamba,
  optimizer: Optimizer,
): Promise<TrainingState> {
  const { tensors, metadata } = readSafetensors(Uint8Array.from(await readFile(path)), path);
  if (metadata.format !== FORMAT || metadata.state === undefined) {
    throw new FormatError(
      `${path}: wanted a checkpoint ("${FORMAT}"), got ${metadata.format ?? 'a file without that mark'}; ` +
        'remove it to begin anew',
    );
  }
  const part = (prefix: string) => {
    const out = new Map<string, HostTensor>();
    for (const [name, tensor] of tensors) {
      if (name.startsWith(prefix)) out.set(name.slice(prefix.length), tensor);
    }
    return out;
  };
  model.loadStateDict(part('model.'), path);
  optimizer.loadState(part('optimizer.'), path);
  return JSON.parse(metadata.state) as TrainingState;
}
