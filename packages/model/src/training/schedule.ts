import type { TrainConfig } from './config.js';

/**
 * The learning rate of a 0-based iteration: divided by ten after each ⌊dropAt·epochs⌋ epochs (the authors' StepLR, counted in
 * iterations, no warm-up), or after each ⌊dropAt·steps⌋ iterations of a training whose length is given in steps; never when dropAt
 * is 1.
 */
export function learningRate(
  {
    lr,
    epochs,
    steps,
    dropAt,
    schedule,
  }: Pick<TrainConfig, 'lr' | 'epochs' | 'steps' | 'dropAt' | 'schedule'>,
  iteration: number,
  iterationsPerEpoch: number,
): number {
  if (schedule) return warmCosine({ lr, ...schedule }, iteration, steps ?? epochs * iterationsPerEpoch);
  const period =
    steps === undefined
      ? Math.max(1, Math.floor(dropAt * epochs)) * iterationsPerEpoch
      : Math.max(1, Math.floor(dropAt * steps));
  return dropAt >= 1 ? lr : lr * 0.1 ** Math.floor(iteration / period);
}

/** Linear from 0 at the first iteration to `lr` at the last of the warm-up, then half a cosine to `finalLr`, which it keeps (Dinomaly's schedule). */
function warmCosine(
  { lr, warmup, finalLr }: { lr: number; warmup: number; finalLr: number },
  iteration: number,
  total: number,
): number {
  if (iteration < warmup) return warmup > 1 ? (lr * iteration) / (warmup - 1) : 0;
  if (iteration >= total) return finalLr;
  const share = (iteration - warmup) / (total - warmup);
  return finalLr + ((lr - finalLr) / 2) * (1 + Math.cos(Math.PI * share));
}

/** Steps per epoch. A data set smaller than a batch gives one short batch. */
export function iterationsPerEpoch(count: number, batchSize: number): number {
  return Math.max(1, Math.floor(count / batchSize));
}

/** The length of a training in steps. */
export interface TrainingPlan {
  readonly perEpoch: number;
  /** Steps since the start of training, and the epochs that they fill or begin. */
  readonly total: number;
  readonly epochs: number;
}

export function trainingPlan(
  { batchSize, epochs, steps }: Pick<TrainConfig, 'batchSize' | 'epochs' | 'steps'>,
  pictures: number,
  maxSteps = Infinity,
): TrainingPlan {
  const perEpoch = iterationsPerEpoch(pictures, batchSize);
  const total = Math.min(maxSteps, steps ?? perEpoch * epochs);
  return { perEpoch, total, epochs: Math.ceil(total / perEpoch) };
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
