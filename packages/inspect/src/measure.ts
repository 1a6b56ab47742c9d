import { crop, normalizedPicture, type RgbImage } from '@pyramid-mamba/data';
import { imageTensor, inputOf, judge, judgeTiles, NumericError, type Judged } from '@pyramid-mamba/model';
import type { Model, NextSteps } from './types.js';

/**
 * What the network computes for pictures that are fitted to its input (`fitRgb`), in one batch. One picture's invalid numbers must not affect the others:
 * it gets a NumericError in place of its result.
 * @param leftOut for each picture the training pictures that do not count, see `Detector.levelsWithout`
 */
export async function measureEach(
  model: Model,
  pictures: readonly RgbImage[],
  next: Pick<NextSteps, 'invalid'>,
  leftOut?: readonly (readonly number[])[],
): Promise<(Judged | NumericError)[]> {
  if (pictures.length === 0) return [];
  if (model.config.tiles) return measureTiles(model, pictures, next, leftOut);
  const images = imageTensor(pictures.map(normalizedPicture), inputOf(model.config));
  try {
    return await judge(model, images, pictures, leftOut);
  } catch (error) {
    if (!(error instanceof NumericError)) throw error;
    if (pictures.length === 1) {
      return [new NumericError(`${error.message}; ${next.invalid}`, { cause: error })];
    }
    const alone: (Judged | NumericError)[] = [];
    for (const [i, picture] of pictures.entries()) {
      alone.push(...(await measureEach(model, [picture], next, leftOut && [leftOut[i]!])));
    }
    return alone;
  } finally {
    images.dispose();
  }
}

/** Picture by picture, each in its tiles: memory does not grow with the number of either. */
async function measureTiles(
  model: Model,
  pictures: readonly RgbImage[],
  next: Pick<NextSteps, 'invalid'>,
  leftOut?: readonly (readonly number[])[],
): Promise<(Judged | NumericError)[]> {
  const { width, height } = inputOf(model.config);
  const found: (Judged | NumericError)[] = [];
  for (const [i, picture] of pictures.entries()) {
    // a picture of the tiles' size would be judged as if it were all there is to see
    if (picture.width !== width || picture.height !== height)
      throw new RangeError(
        `this model judges pictures of ${width}×${height} pixels in tiles, got one of ${picture.width}×${picture.height}; fit it to the input first`,
      );
    try {
      found.push(
        await judgeTiles(model, (tile) => normalizedPicture(crop(picture, tile)), leftOut && leftOut[i]!),
      );
    } catch (error) {
      if (!(error instanceof NumericError)) throw error;
      found.push(new NumericError(`${error.message}; ${next.invalid}`, { cause: error }));
    }
  }
  return found;
}

/** The same where every picture must be sound. Throws the first NumericError. */
export const measure = async (
  model: Model,
  pictures: readonly RgbImage[],
  next: Pick<NextSteps, 'invalid'>,
): Promise<Judged[]> => soundOnly(await measureEach(model, pictures, next));

/** The results of `measureEach`. Throws the first NumericError. */
export const soundOnly = (found: readonly (Judged | NumericError)[]): Judged[] =>
  found.map((one) => {
    if (one instanceof NumericError) throw one;
    return one;
  });
