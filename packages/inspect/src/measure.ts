import { normalizedPicture, type RgbImage } from '@pyramid-mamba/data';
import { imageTensor, inputOf, judge, NumericError, type Judged } from '@pyramid-mamba/model';
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
