import { existsSync } from 'node:fs';
import { writeFileAtomic } from '@pyramid-mamba/data/node';
import {
  readCheckpoint,
  writeCheckpoint,
  type CheckpointStore,
  type GradientDetector,
  type Optimizer,
  type TrainingState,
} from '@pyramid-mamba/model';
import type { Run } from '../run/run.js';
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

/** The checkpoint of a run, and `train.jsonl`, which follows it. */
export class RunCheckpoints implements CheckpointStore {
  /** Where the checkpoint on disk is: writing the next one may have failed. */
  #at: { step: number; epoch: number; whole: boolean } | undefined;

  constructor(private readonly run: Run) {}

  get where(): string {
    return this.run.checkpoint;
  }

  async read(): Promise<Uint8Array | undefined> {
    return existsSync(this.where) ? readUserFile(this.where, 'checkpoint') : undefined;
  }

  /** The checkpoint on disk is that of `state`. */
  follow({ step, epoch, partial }: TrainingState): void {
    this.#at = step > 0 ? { step, epoch, whole: partial.steps === 0 } : undefined;
  }

  /** `the checkpoint after epoch 3 is kept`; undefined if there is none. */
  get kept(): string | undefined {
    if (!this.#at) return undefined;
    const { step, epoch, whole } = this.#at;
    return `the checkpoint after ${whole ? `epoch ${epoch}` : `step ${step}`} is kept`;
  }

  async write(bytes: Uint8Array<ArrayBuffer>, state: TrainingState): Promise<void> {
    await writeFileAtomic(this.where, bytes);
    this.follow(state);
    await writeLog(this.run, state);
  }
}

/** Rewritten completely each time: a line is never incomplete, and a resumed run never shows an epoch twice. */
export async function writeLog(run: Run, { history }: TrainingState): Promise<void> {
  await writeFileAtomic(run.log, history.map((record) => `${JSON.stringify(record)}\n`).join(''));
}
