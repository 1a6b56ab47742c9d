import {
  isStretched,
  methodOf,
  type DetectorConfig,
  type EnsembleConfig,
  type ModelInfo,
} from '@pyramid-mamba/model';
import { findsNoFewer, takeOver, type TakeOver } from '../takeOver.js';
import { bankAlone, sharesLine } from './together.js';

/** A model of a training, read from its file. */
export interface Candidate {
  readonly config: DetectorConfig;
  readonly info: Pick<ModelInfo, 'selfTest' | 'training'>;
}

/** A model's method for people. */
export const titleOf = ({ config }: Pick<Candidate, 'config'>): string => methodOf(config).title;

/** Whether an ensemble's scores are those of its bank, and its map that of both. */
const hasScoresOfBank = ({ config }: Candidate): boolean => isStretched((config as EnsembleConfig).map);

/**
 * The best of a training's models by their self-tests, and why, half a sentence: the bank stays where no other one is better. An ensemble that has the
 * bank's scores takes its place where it finds no fewer: what it adds is the map, which no figure of a self-test sees.
 */
export function bestOf<T extends Candidate>(bank: T, network: T, both: T): { best: T; reason: string } {
  let best = bank;
  const reasons: string[] = [];
  for (const one of [network, both]) {
    const alike = best === bank ? bankAlone(both.info) : undefined;
    const { takesOver, reason } =
      one === both && best === bank && hasScoresOfBank(one)
        ? mapOfBoth(bank, one)
        : takeOver(best.info.selfTest, one.info.selfTest, alike);
    if (takesOver) best = one;
    reasons.push(`${titleOf(one)}: ${reason}`);
  }
  return { best, reason: reasons.join('; ') };
}

function mapOfBoth(bank: Candidate, both: Candidate): TakeOver {
  const [now, next] = [bank.info.selfTest, both.info.selfTest];
  if (!now || !next) return takeOver(now, next);
  const untested = Object.keys(now).find((name) => !Object.hasOwn(next, name));
  if (untested !== undefined) return takeOver(now, next);
  const { takesOver, reason } = findsNoFewer(now, next);
  if (!takesOver) return { takesOver, reason };
  const [, network] = (both.config as EnsembleConfig).members;
  const shares = sharesLine(both.info, methodOf(network!).title);
  return {
    takesOver,
    reason: `the scores of the bank with the map of both, ${reason}${shares === undefined ? '' : `; ${shares}`}`,
  };
}
