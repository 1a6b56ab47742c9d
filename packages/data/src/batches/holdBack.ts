import { DataError } from '../errors.js';
import { sha256Hex } from '../sha256.js';
import type { Dataset, Sample } from '../types.js';

/** Fraction of a class's good pictures held out of training if the data set has none to test on. */
const DEFAULT_SHARE = 0.2;
/** A class with fewer good pictures than this uses all of them for training. */
const FEWEST = 4;
const LEAST_HELD = 2;

/** A data set with some good pictures moved from training to testing. */
export interface HeldBackDataset {
  dataset: Dataset;
  /** Ids of the moved pictures, sorted. */
  heldBack: string[];
}

/**
 * Moves good pictures from training to testing: never trained on, they show the model's scores of good products, which set
 * the thresholds. `share` is a fraction of each class's pictures; default 0.2 for classes without good test pictures, and
 * none for the others. The choice depends only on the seed and the pictures' names.
 */
export async function holdBack(
  dataset: Dataset,
  share: number | undefined,
  seed: number,
): Promise<HeldBackDataset> {
  const held: string[] = [];
  const byClass = new Map<string, Sample[]>(dataset.classes.map((name) => [name, []]));
  for (const sample of dataset.train) byClass.get(sample.className)?.push(sample);
  const tested = new Set(dataset.test.filter(({ label }) => label === 0).map(({ className }) => className));
  for (const [name, own] of byClass) {
    const wanted = share ?? (tested.has(name) ? 0 : DEFAULT_SHARE);
    if (wanted === 0 || own.length < FEWEST) continue;
    const count = Math.min(own.length - 1, Math.max(LEAST_HELD, Math.round(wanted * own.length)));
    const lots = await Promise.all(
      own.map(async ({ id }) => ({ id, lot: await sha256Hex(`${seed} ${id}`) })),
    );
    lots.sort((a, b) => (a.lot < b.lot ? -1 : 1));
    held.push(...lots.slice(0, count).map(({ id }) => id));
  }
  return withHeldBack(dataset, held);
}

/** Moves the same pictures again. Throws a DataError if one is missing. */
export function withHeldBack(dataset: Dataset, heldBack: readonly string[]): HeldBackDataset {
  // a copy of a data set may store the same names in another form of Unicode
  const nfc = (id: string) => id.normalize('NFC');
  const ids = new Set(heldBack.map(nfc));
  const isHeld = ({ id }: { id: string }) => ids.has(nfc(id));
  const moved = dataset.train.filter(isHeld);
  const there = new Set(moved.map(({ id }) => nfc(id)));
  if (there.size < ids.size) {
    const gone = heldBack.find((id) => !there.has(nfc(id)));
    throw new DataError(
      `${dataset.root}: the run held back ${gone}, which is missing now; restore it, or train again`,
    );
  }
  return {
    dataset: {
      ...dataset,
      train: dataset.train.filter((sample) => !isHeld(sample)),
      test: [...moved, ...dataset.test],
    },
    heldBack: moved.map(({ id }) => id).sort(),
  };
}
