// A training in stages: a memory bank, which is a model to use at once, then a network, which takes its place where it tests better.
import { methodOf, type DetectorConfig, type PatchCoreConfig } from '@pyramid-mamba/model';

/** Seconds that the network is given by default. */
export const DEFAULT_SECONDS = 600;

/** The share of good pictures that the network holds back by default: it is compared with the bank on them. */
export const HELD_BACK = 0.2;

/** Rows of the bank for each class, where its preset would leave fewer: docs/scaling.md. */
const ROWS_PER_CLASS = 64;

/** The configuration of a bank of so many classes: its preset bounds the rows of all of them together, which would leave few for each of many. */
export function withRowsFor(model: DetectorConfig, classes: number): DetectorConfig {
  const bank = model as DetectorConfig & Pick<PatchCoreConfig, 'coreset'>;
  const { candidates } = bank.coreset;
  if (candidates === null || candidates >= ROWS_PER_CLASS * classes) return model;
  return { ...bank, coreset: { ...bank.coreset, candidates: ROWS_PER_CLASS * classes } } as DetectorConfig;
}

/** A stage's method and its preset. */
export interface StageOf {
  readonly method: string;
  readonly preset: string;
}

const BANK: StageOf = { method: 'patchcore', preset: 'fast' };

/** The methods of the stages, in order. */
export const STAGES: readonly [bank: StageOf, network: StageOf] = [
  BANK,
  { method: methodOf({}).name, preset: 'tiny' },
];

/** The preset of a training in stages whose network is the one that reached most in minutes: docs/methods/ensemble.md. */
export const BEST = 'best';
export const BEST_STAGES: typeof STAGES = [BANK, { method: 'rd4ad', preset: 'tiny' }];
