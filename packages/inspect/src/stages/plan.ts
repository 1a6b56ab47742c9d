// A training in stages: a memory bank, which is a model to use at once, then a network, which takes its place where it tests better.
import { methodOf } from '@pyramid-mamba/model';

/** Seconds that the network is given by default. */
export const DEFAULT_SECONDS = 600;

/** The share of good pictures that the network holds back by default: it is compared with the bank on them. */
export const HELD_BACK = 0.2;

/** The methods of the stages, in order, each with its preset. */
export const STAGES = [
  { method: 'patchcore', preset: 'fast' },
  { method: methodOf({}).name, preset: 'tiny' },
] as const;
