// The features of a training's good pictures, and of rotated and mirrored copies where a product lies in any orientation.
import { pictureWays, type PictureWays, type Sample } from '@pyramid-mamba/data';
import { type BankOf } from '@pyramid-mamba/inspect';
import { inputOf, type Exclusive } from '@pyramid-mamba/model';
import { StoredFeatures } from '../training/features.js';
import { TrainingFolder } from '../training/saved.js';
import { fittedBank } from './bank.js';
import { encodingDetector, type Prepared } from './prepare.js';
import type { SavedStages } from './saved.js';
import type { Workshop } from './tested.js';

/** Features by the indices of `pictures.samples`: first the pictures as taken, then their copies. */
export interface FeaturesOfCopies {
  readonly features: StoredFeatures;
  readonly pictures: PictureWays;
}

/**
 * The features of `train`, which are stored, with those of copies of the pictures of `rotated` classes, which are computed where they are missing.
 *
 * @param onPicture called before each copy; it may throw to end the work
 */
export async function featuresOfCopies(
  { saved, weights, stored }: Pick<Prepared, 'saved' | 'weights' | 'stored'>,
  train: SavedStages['pictures'],
  rotated: readonly string[],
  exclusive: Exclusive,
  onPicture: (done: number, total: number) => void | Promise<void> = () => undefined,
): Promise<FeaturesOfCopies> {
  const detector = encodingDetector(saved.bank, weights);
  try {
    const features = new StoredFeatures(detector, await TrainingFolder.features(saved.features));
    await features.reopen(train);
    const pictures = pictureWays(
      train.map((picture) => stored.sample(picture, 0)),
      rotated,
    );
    const copies = pictures.samples.slice(train.length);
    const input = inputOf(saved.bank.model);
    for (const [i, copy] of copies.entries()) {
      await onPicture(i, copies.length);
      const hash = await copy.hash();
      await exclusive(() => features.add(hash, copy.id, async () => (await copy.load(input)).image));
    }
    return { features, pictures };
  } finally {
    detector.dispose();
  }
}

/** Banks by which orientations are compared, see `orientationGains`. */
export const bankOf =
  (at: Prepared, workshop: Workshop): BankOf =>
  async (compared, name, work) => {
    const { saved } = at;
    const { exclusive, stopped, paused, teller } = workshop;
    const stage = 'orientation';
    const train = picturesOf(saved, compared);
    const found = await featuresOfCopies(at, train, [name], exclusive, async (done, total) => {
      if (stopped()) throw stop();
      teller.tell(stage, `does ${name} lie in any orientation? copy ${done + 1} of ${total}`, done, total);
      await paused();
    });
    const { bank } = saved;
    const settings = { ...bank, train: { ...bank.train, augmentRotations: [name] } };
    const session = await fittedBank(settings, found, stage, workshop);
    if (!session) throw stop();
    try {
      return await work({ detector: session.detector, ...found });
    } finally {
      session.dispose();
    }
  };

const stop = () => new DOMException('the comparison of orientations was stopped', 'AbortError');

function picturesOf({ pictures }: SavedStages, samples: readonly Sample[]): SavedStages['pictures'] {
  const byId = new Map(pictures.map((picture) => [picture.id, picture]));
  return samples.map(({ id }) => byId.get(id)!);
}
