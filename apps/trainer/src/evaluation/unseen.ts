import { withHeldBack, type Dataset, type Sample } from '@pyramid-mamba/data';
import type { ModelInfo } from '@pyramid-mamba/model';
import { openDataset, pictureHashes } from '../run/dataset.js';
import type { Run } from '../run/run.js';

/** Hexadecimal digits of a picture's SHA-256 in a model file: 64 bits, enough to identify pictures. */
const DIGITS = 16;

const short = (hash: string): string => hash.slice(0, DIGITS);

/** The digests of the training pictures that a model file stores, given their SHA-256. */
export const trainedPictures = (hashes: readonly string[]): string[] => [...new Set(hashes.map(short))];

/**
 * The pictures that a model was trained on, as `trainedPictures` gives them; undefined if that is unknown. Model files of
 * older versions do not list them; the run's pictures are then hashed again if they still exist.
 */
export async function knownTrained(info: ModelInfo, run: Run | undefined): Promise<Set<string> | undefined> {
  const listed = info.training?.['pictures'];
  if (Array.isArray(listed)) {
    return new Set(listed.filter((value): value is string => typeof value === 'string'));
  }
  if (run === undefined) return undefined;
  try {
    const { data, classes, heldBack } = await run.readConfig();
    const { dataset } = await openDataset(data, classes);
    const { train: trained } = withHeldBack(dataset, heldBack).dataset;
    return new Set(trainedPictures(await pictureHashes(trained)));
  } catch {
    return undefined;
  }
}

/** A data set whose test pictures are all unseen, and the changes made for that, one sentence each. */
export interface UnseenDataset {
  dataset: Dataset;
  notes: string[];
}

/**
 * Leaves training pictures out of the test, whatever folder they are in: a model judges them OK because it was trained on them.
 * Where a class has no good test picture, as in a folder `good/`, its good pictures are tested on if the model has not seen
 * them. `trained` is undefined where it is not known what the model was trained on: `train` of the data set then is never tested on.
 */
export async function onlyUnseen(
  dataset: Dataset,
  trained: ReadonlySet<string> | undefined,
): Promise<UnseenDataset> {
  const tested = new Set(dataset.test.filter(({ label }) => label === 0).map(({ className }) => className));
  const open = dataset.train.filter(({ className }) => !tested.has(className));
  if (trained === undefined) {
    const why =
      'not tested on: they are in a training folder, and the model file does not say which pictures it was trained on; ' +
      'put good pictures that the model was not trained on into test/good';
    return { dataset, notes: open.length === 0 ? [] : [told(open, why)] };
  }
  const candidates = [...open, ...dataset.test];
  const hashes = await pictureHashes(candidates);
  const isSeen = new Set(candidates.filter((_, i) => trained.has(short(hashes[i]!))));
  const seen = [...isSeen];
  const left = candidates.filter((sample) => !isSeen.has(sample));
  const moved = open.filter((sample) => !isSeen.has(sample));
  const notes = [
    ...(moved.length === 0 ? [] : [told(moved, 'tested on: the model was not trained on them')]),
    ...(seen.length === 0
      ? []
      : [
          told(
            seen,
            `not tested on: the model was trained on them (${seen.length > 1 ? 'first ' : ''}${seen[0]!.id})`,
          ),
        ]),
  ];
  const isMoved = new Set(moved);
  const train = dataset.train.filter((sample) => !isMoved.has(sample));
  return { dataset: { ...dataset, train, test: left }, notes };
}

/** `3 pictures of bottle, cable: …`. */
function told(samples: readonly Sample[], what: string): string {
  const classes = [...new Set(samples.map(({ className }) => className))].join(', ');
  return `${samples.length} picture${samples.length === 1 ? '' : 's'} of ${classes}: ${what}`;
}
