import { RANDOM_VERSION, type Seed } from '../random/streams.js';

/**
 * Seed of the encoder used without weights: the same for all runs of a version of the random streams, so that they share a
 * feature cache.
 */
export function encoderSeed({ random = 1 }: Pick<Seed, 'random'> = { random: RANDOM_VERSION }): Seed {
  return { seed: 1, random };
}
