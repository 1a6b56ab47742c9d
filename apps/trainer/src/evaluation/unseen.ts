import { withHeldBack, type Dataset, type Sample } from '@pyramid-mamba/data';
import { LEARNT_DEFECTIVE, shortDigest, trainedDigests, type TrainedPictures } from '@pyramid-mamba/inspect';
import type { ModelInfo } from '@pyramid-mamba/model';
import { openDataset, pictureHashes, pixelHashes } from '../run/dataset.js';
import type { Run } from '../run/run.js';

/** Called while pictures are read. */
type OnPicture = (done: number, total: number) => void;

/** The digests of training pictures for their model file, given the SHA-256 of their files. Rejects with a DataError. */
export async function trainedPictures(
  samples: readonly Sample[],
  hashes: readonly string[],
  onPicture?: OnPicture,
): Promise<TrainedPictures> {
  const pixels = await pixelHashes(samples, (done) => onPicture?.(done, samples.length));
  return trainedDigests(hashes, pixels);
}

/** Training pictures as a set for each kind of digest; no `pixels` where the model file is of an older version. */
export interface KnownTrained {
  pictures: ReadonlySet<string>;
  pixels?: ReadonlySet<string> | undefined;
  /** Digests of either kind of those that `learn` was given as defective. */
  defective?: ReadonlySet<string> | undefined;
}

/** The texts of a list in a model file; undefined where there is none. */
function listed(value: unknown): Set<string> | undefined {
  if (!Array.isArray(value)) return undefined;
  return new Set(value.filter((one): one is string => typeof one === 'string'));
}

/**
 * The pictures that a model was trained on; undefined if that is unknown. Model files of older versions do not list them; the run's
 * pictures are then hashed again if they still exist.
 */
export async function knownTrained(
  info: ModelInfo,
  run: Run | undefined,
  onPicture?: OnPicture,
): Promise<KnownTrained | undefined> {
  const pictures = listed(info.training?.['pictures']);
  if (pictures)
    return {
      pictures,
      pixels: listed(info.training?.['pixels']),
      defective: listed(info.training?.[LEARNT_DEFECTIVE]),
    };
  if (run === undefined) return undefined;
  try {
    const { data, classes, heldBack } = await run.readConfig();
    const { dataset } = await openDataset(data, classes);
    const { train } = withHeldBack(dataset, heldBack).dataset;
    const found = await trainedPictures(train, await pictureHashes(train), onPicture);
    return { pictures: new Set(found.pictures), pixels: new Set(found.pixels) };
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
  trained: KnownTrained | undefined,
  onPicture?: OnPicture,
): Promise<UnseenDataset> {
  const tested = new Set(dataset.test.filter(({ label }) => label === 0).map(({ className }) => className));
  const open = dataset.train.filter(({ className }) => !tested.has(className));
  if (trained === undefined) {
    const why =
      'not tested on: they are in a training folder, and the model file does not say which pictures it was trained on; ' +
      'put good pictures that the model was not trained on into test/good';
    const unsure =
      'the model file does not say which pictures it was trained on: figures of test pictures that it was trained on would be too good';
    return { dataset, notes: [...(open.length === 0 ? [] : [told(open, why)]), unsure] };
  }
  const candidates = [...open, ...dataset.test];
  const hashes = await pictureHashes(candidates);
  const isSeen = new Set(candidates.filter((_, i) => trained.pictures.has(shortDigest(hashes[i]!))));
  const { pixels } = trained;
  if (pixels) {
    const others = candidates.filter((sample) => !isSeen.has(sample));
    const found = await pixelHashes(others, (done) => onPicture?.(done, others.length));
    for (const [i, sample] of others.entries()) if (pixels.has(shortDigest(found[i]!))) isSeen.add(sample);
  }
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
