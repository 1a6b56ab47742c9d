import * as tf from '@tensorflow/tfjs-core';
import { randomStream, type Seed } from '../random/streams.js';
import { partAt, type PartNow, type TrainPart } from './parts.js';

/** The training context of a forward pass. Its presence enables batch statistics, noise and drop path. */
export interface TrainingContext {
  /** Normal noise of the given shape and standard deviation, or null for none (standard deviation 0). */
  noise(shape: number[], std?: number): tf.Tensor | null;
  /** For each picture of the batch 1 if a residual branch is kept, 0 if it is dropped, (batch). */
  dropPathKeep(batch: number, keepProb: number): tf.Tensor1D;
  /** 1 where a value is kept and 0 where it is dropped, of the given shape; a share `rate` is dropped. */
  dropout(shape: number[], rate: number): tf.Tensor;
  /** The next uniform number in [0, 1). Every training step has it. */
  uniform?(): number;
  /** Absent: the method's own loss. */
  readonly mining?: Mining;
  /** Absent: the training has one part, of all parameters. */
  readonly part?: PartNow;
}

/** Of a loss whose gradient is weakened where the student is good already. */
export interface Mining {
  /** Share of the pixels of the batch whose gradient is weakened, 0 to 1. */
  readonly share: number;
  /** By which their gradient is multiplied. */
  readonly factor: number;
}

/** What a training configuration says of hard mining, see `TrainConfig`. */
interface MiningPlan {
  readonly share: number;
  readonly factor: number;
  readonly rampSteps: number;
}

/** The share rises with the steps to that of the configuration. */
function miningAt({ share, factor, rampSteps }: MiningPlan, step: number): Mining {
  return { share: Math.min((share * step) / rampSteps, share), factor };
}

/**
 * The randomness of one training step, a function of seed (a training configuration is one), step and `replica` (of several
 * that share a batch) only: a resumed run needs no generator state.
 *
 * @param total steps of the whole training, for its parts
 */
export function stepContext(
  seed: Seed & {
    readonly hardMining?: MiningPlan | undefined;
    readonly parts?: readonly TrainPart[] | undefined;
  },
  step: number,
  replica = 0,
  total = Infinity,
): TrainingContext {
  const random = randomStream(seed, 'step', step, replica);
  return {
    uniform: () => random.uniform(),
    noise: (shape, std = 0) =>
      std > 0
        ? tf.tensor(
            random.normals(
              shape.reduce((n, s) => n * s, 1),
              std,
            ),
            shape,
          )
        : null,
    dropPathKeep: (batch, keepProb) =>
      tf.tensor1d(Float32Array.from({ length: batch }, () => (random.uniform() < keepProb ? 1 : 0))),
    dropout: (shape, rate) =>
      tf.tensor(
        Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => (random.uniform() < rate ? 0 : 1)),
        shape,
      ),
    ...(seed.hardMining && { mining: miningAt(seed.hardMining, step) }),
    ...(seed.parts && { part: partAt(seed.parts, step, total) }),
  };
}
