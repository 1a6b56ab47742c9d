import type { TrainConfig } from './config.js';

/**
 * The learning rate of a 0-based iteration: divided by ten after each ⌊dropAt·epochs⌋ epochs (the authors' StepLR, counted in
 * iterations, no warm-up); never when dropAt is 1.
 */
export function learningRate(
  { lr, epochs, dropAt }: Pick<TrainConfig, 'lr' | 'epochs' | 'dropAt'>,
  iteration: number,
  iterationsPerEpoch: number,
): number {
  const period = Math.max(1, Math.floor(dropAt * epochs)) * iterationsPerEpoch;
  return dropAt >= 1 ? lr : lr * 0.1 ** Math.floor(iteration / period);
}

/** Steps per epoch. A data set smaller than a batch gives one short batch. */
export function iterationsPerEpoch(count: number, batchSize: number): number {
  return Math.max(1, Math.floor(count / batchSize));
}

/** Minimum number of steps to train the network, for any number of pictures. */
const ENOUGH_STEPS = 450;

/**
 * At least `epochs`, more for a small data set so that it gets enough steps: the presets' epochs were chosen for a few hundred
 * pictures, and 30 pictures give three steps per epoch.
 */
export function epochsForEnoughSteps(epochs: number, iterationsPerEpoch: number): number {
  return Math.max(epochs, Math.ceil(ENOUGH_STEPS / iterationsPerEpoch));
}
