// Which pictures the models of a training in stages learn from, and which test them.
import { withChosenPatches } from '@pyramid-mamba/inspect';
import type { FeatureSource } from '@pyramid-mamba/model';
import type { FeaturesOfCopies } from './copies.js';
import type { StoredPicture } from './pictures.js';
import type { SavedStages } from './saved.js';
import type { ModelPictures } from './tested.js';

type Pictures = Pick<SavedStages, 'pictures' | 'heldBack' | 'defective'>;

/** A model that learns from `train`, by the features of all good pictures and of their copies. */
function learning(
  { pictures: all, heldBack, defective }: Pictures,
  { features, pictures }: FeaturesOfCopies,
  train: readonly StoredPicture[],
): ModelPictures {
  const index = new Map(all.map((picture, i) => [picture, i]));
  const places = train.map((picture) => index.get(picture)!);
  const copies: number[] = [];
  const ways = places.map((place, i) => [
    i,
    ...pictures.ways[place]!.slice(1).map((copy) => train.length + copies.push(copy) - 1),
  ]);
  const rows = [...places, ...copies];
  const source: FeatureSource = {
    count: rows.length,
    batch: (indices) => features.batch(indices.map((i) => rows[i]!)),
  };
  const held = new Set(heldBack);
  return { train, features: source, ways, held: all.filter(({ id }) => held.has(id)), defective };
}

/** The memory bank learns all good pictures, with their copies where its settings name products, and judges each without itself. */
export function bankPictures(
  saved: Pictures & Pick<SavedStages, 'bank'>,
  all: FeaturesOfCopies,
): ModelPictures {
  const { samples, ways } = all.pictures;
  const copied = (saved.bank.train.augmentRotations ?? []).length > 0;
  const pictures = copied ? all.pictures : { samples, ways: ways.map((_, i) => [i]) };
  return learning(saved, { ...all, pictures }, saved.pictures);
}

/** The settings of the banks of chosen patches that are tried: without the copies first, unless a user asked for them. */
export function chosenBanks(saved: SavedStages, features: FeaturesOfCopies) {
  const { bank } = saved;
  const { augmentRotations, ...plain } = bank.train;
  const copied = augmentRotations !== undefined && saved.orientations === 'chosen';
  return (copied ? [true, false] : [false]).flatMap((withoutCopies) => {
    const drawn = { ...saved, bank: { ...bank, train: withoutCopies ? plain : bank.train } };
    const model = withChosenPatches(bank.model, bankPictures(drawn, features).features.count);
    return model ? [{ withoutCopies, saved: { ...drawn, bank: { ...drawn.bank, model } } }] : [];
  });
}

/** The network learns those that are not held back. */
export function networkPictures(saved: Pictures, features: FeaturesOfCopies): ModelPictures {
  const held = new Set(saved.heldBack);
  return learning(
    saved,
    features,
    saved.pictures.filter(({ id }) => !held.has(id)),
  );
}
