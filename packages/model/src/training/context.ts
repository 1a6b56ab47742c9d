import * as tf from '@tensorflow/tfjs-core';
import { randomStream, type Seed } from '../random/streams.js';

/** The training context of a forward pass. Its presence enables batch statistics, noise and drop path. */
export interface TrainingContext {
  /** Normal noise of the given shape and standard deviation, or null for none (standard deviation 0). */
  noise(shape: number[], std?: number): tf.Tensor | null;
  /** For each picture of the batch 1 if a residual branch is kept, 0 if it is dropped, (batch). */
  dropPathKeep(batch: number, keepProb: number): tf.Tensor1D;
}

/**
 * The randomness of one training step, a function of seed (a training configuration is one), step and `replica` (of several
 * that share a batch) only: a resumed run needs no generator state.
 */
export function stepContext(seed: Seed, step: number, replica = 0): TrainingContext {
  const random = randomStream(seed, 'step', step, replica);
  return {
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
  };
}
