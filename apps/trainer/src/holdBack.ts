import { createHash } from 'node:crypto';
import type { Dataset, Sample } from '@pyramid-mamba/data';
import { UserError } from './errors.js';

/** Share of a class's good pictures kept out of training where the data set has none to test on. */
const DEFAULT_SHARE = 0.2;
/** A class with fewer good pictures than this keeps them all for training. */
const FEWEST = 4;
const LEAST_HELD = 2;

/** A data set of which some good pictures were moved from training to testing. */
export interface HeldBackDataset {
  dataset: Dataset;
  /** Ids of the moved pictures, sorted. */
  heldBack: string[];
}

/**
 * Moves good pictures from training to testing: never trained on, they show what the model says of good products, which
 * sets the thresholds. `share` is of each class's pictures; without it 0.2 of those classes that have no good test pictures,
 * and none of the others. Which ones follows from the seed and the pictures' names alone.
 */
export function holdBack(dataset: Dataset, share: number | undefined, seed: number): HeldBackDataset {
  const held = dataset.classes.flatMap((name) => {
    const own = dataset.train.filter((sample) => sample.className === name);
    const tested = dataset.test.some((sample) => sample.className === name && sample.label === 0);
    const wanted = share ?? (tested ? 0 : DEFAULT_SHARE);
    if (wanted === 0 || own.length < FEWEST) return [];
    const count = Math.min(own.length - 1, Math.max(LEAST_HELD, Math.round(wanted * own.length)));
    return [...own].sort((a, b) => (lot(a, seed) < lot(b, seed) ? -1 : 1)).slice(0, count);
  });
  return withHeldBack(
    dataset,
    held.map(({ id }) => id),
  );
}

const lot = ({ id }: Sample, seed: number) => createHash('sha256').update(`${seed} ${id}`).digest('hex');

/** The same pictures moved again. Throws a UserError where one is no longer there. */
export function withHeldBack(dataset: Dataset, heldBack: readonly string[]): HeldBackDataset {
  const ids = new Set(heldBack);
  const moved = dataset.train.filter(({ id }) => ids.has(id));
  if (moved.length < ids.size) {
    const there = new Set(moved.map(({ id }) => id));
    const gone = heldBack.find((id) => !there.has(id));
    throw new UserError(
      `${dataset.root}: the run held back ${gone}, which is no longer there; put it back, or train anew`,
    );
  }
  return {
    dataset: {
      ...dataset,
      train: dataset.train.filter(({ id }) => !ids.has(id)),
      test: [...moved, ...dataset.test],
    },
    heldBack: [...ids].sort(),
  };
}
