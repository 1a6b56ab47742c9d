import { checked } from '../files/checked.js';
import { FormatError } from '../errors.js';
import type { GradientDetector } from '../methods/types.js';
import type { Optimizer } from './optimizer/optimizer.js';
import type { HostArray } from '../nn/params.js';
import { readSafetensors, writeSafetensors, type HostTensor } from '../files/safetensors.js';
import { trainingStateSchema, type TrainingState } from './state.js';

const FORMAT = 'pyramid-mamba checkpoint 1';

/** The bytes of a checkpoint: parameters, running statistics, the optimiser's moments, and the position of training. */
export async function writeCheckpoint(
  model: GradientDetector,
  optimizer: Optimizer,
  state: TrainingState,
): Promise<Uint8Array<ArrayBuffer>> {
  const tensors = new Map<string, HostArray>();
  for (const [name, tensor] of await model.stateDict()) tensors.set(`model.${name}`, tensor);
  for (const [name, tensor] of await optimizer.state()) tensors.set(`optimizer.${name}`, tensor);
  return writeSafetensors(tensors, { format: FORMAT, state: JSON.stringify(state) });
}

/** Loads a checkpoint into `model` and `optimizer`. Throws a FormatError if the file is damaged or of another model. */
export function readCheckpoint(
  bytes: Uint8Array,
  where: string,
  model: GradientDetector,
  optimizer: Optimizer,
): TrainingState {
  const { tensors, metadata } = readSafetensors(bytes, where);
  if (metadata.format !== FORMAT || metadata.state === undefined) {
    throw new FormatError(
      `${where}: expected a checkpoint ("${FORMAT}"), got ${metadata.format ?? 'a file without that format entry'}; ` +
        'remove it to start again',
    );
  }
  const part = (prefix: string) => {
    const out = new Map<string, HostTensor>();
    for (const [name, tensor] of tensors) {
      if (name.startsWith(prefix)) out.set(name.slice(prefix.length), tensor);
    }
    return out;
  };
  // all is checked before the first number is changed
  const state = stateOf(metadata.state, where);
  model.loadStateDict(part('model.'), where);
  optimizer.loadState(part('optimizer.'), where);
  return state;
}

function stateOf(text: string, where: string): TrainingState {
  let state: unknown;
  try {
    state = JSON.parse(text);
  } catch (error) {
    throw new FormatError(
      `${where}: the training state is not JSON; remove the file to start from the beginning.`,
      {
        cause: error,
      },
    );
  }
  return checked<TrainingState>(trainingStateSchema, state, `${where}: training state`);
}
