import { stepContext, type TrainingContext } from '../../training/context.js';
import type { Seed } from '../../random/streams.js';
import type { PyramidMambaConfig } from './config.js';

/** `stepContext` with the configuration's noise, for blocks that are used on their own. */
export function seededTraining(
  { mff }: Pick<PyramidMambaConfig, 'mff'>,
  seed: Seed,
  step: number,
  replica = 0,
): TrainingContext {
  const { noise, ...rest } = stepContext(seed, step, replica);
  return { noise: (shape) => noise(shape, mff.noiseStd), ...rest };
}
