import type { PictureWays } from '@pyramid-mamba/data';
import { alignedImage, type LocatedSample } from '../locating/index.js';
import type { Model } from '../types.js';
import type { SelfTestPicture } from './crossScore.js';
import { withShiftedCopies } from './shifted.js';

/** The pictures that a new model may be tested on. */
export interface TestPictures {
  /** It was trained on these, and on their rotated copies. */
  readonly train: readonly LocatedSample[];
  readonly ways: PictureWays['ways'];
  /** Good pictures that were held back. */
  readonly held: readonly LocatedSample[];
  /** Of the shifted copies. */
  readonly seed: number | string;
}

const pictureOf = ({ id, className, load }: LocatedSample): SelfTestPicture => ({
  id,
  className,
  load: async (input) => alignedImage(await load(input)),
});

/**
 * Held-back pictures, with shifted copies.
 * @param trainedAs of a picture that a part of the model has learnt from nevertheless, see `SelfTestPicture`
 */
export const heldBackPictures = (
  { held, seed }: Pick<TestPictures, 'held' | 'seed'>,
  trainedAs: (id: string) => readonly number[] | undefined = () => undefined,
): SelfTestPicture[] =>
  withShiftedCopies(
    held.map((sample): SelfTestPicture => {
      const learnt = trainedAs(sample.id);
      return { ...pictureOf(sample), ...(learnt && { trainedAs: learnt }) };
    }),
    seed,
  );

/** Real defective pictures, which test a model as they are. */
export const defectivePictures = (samples: readonly LocatedSample[]): SelfTestPicture[] =>
  samples.map((sample) => ({ ...pictureOf(sample), defective: true }));

/**
 * The good pictures that a new model is tested on: every training picture, left out of what the model compares with, where it can leave
 * one out; else the held-back ones, with shifted copies.
 */
export const testPictures = (model: Model, { train, ways, held, seed }: TestPictures): SelfTestPicture[] =>
  model.knowsPictures
    ? train.map((sample, i) => ({ ...pictureOf(sample), trainedAs: ways[i]! }))
    : heldBackPictures({ held, seed });
