import { methodOf, type DetectorConfig, type ModelInfo } from '@pyramid-mamba/model';
import { takeOver } from '../takeOver.js';
import { bankAlone } from './together.js';

/** A model of a training, read from its file. */
export interface Candidate {
  readonly config: DetectorConfig;
  readonly info: Pick<ModelInfo, 'selfTest' | 'training'>;
}

/** A model's method for people. */
export const titleOf = ({ config }: Pick<Candidate, 'config'>): string => methodOf(config).title;

/** The best of a training's models by their self-tests, and why, half a sentence: the bank stays where no other one is better. */
export function bestOf<T extends Candidate>(bank: T, network: T, both: T): { best: T; reason: string } {
  let best = bank;
  const reasons: string[] = [];
  for (const one of [network, both]) {
    const alike = best === bank ? bankAlone(both.info) : undefined;
    const { takesOver, reason } = takeOver(best.info.selfTest, one.info.selfTest, alike);
    if (takesOver) best = one;
    reasons.push(`${titleOf(one)}: ${reason}`);
  }
  return { best, reason: reasons.join('; ') };
}
