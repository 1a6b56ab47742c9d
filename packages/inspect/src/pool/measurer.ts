import type { RgbImage } from '@pyramid-mamba/data';
import type { Judged, NumericError } from '@pyramid-mamba/model';
import { measureEach } from '../measure.js';
import type { Model, NextSteps } from '../types.js';

/** Whatever measures pictures with one model: the model itself, or a pool of workers that have a copy of it. */
export interface Measurer {
  /** Batches that it measures at the same time. */
  readonly width: number;
  /** As `measureEach`: the same numbers, whoever measures. */
  measure(
    pictures: readonly RgbImage[],
    leftOut?: readonly (readonly number[])[],
  ): Promise<(Judged | NumericError)[]>;
}

/** The model in this thread. */
export const measurerOf = (model: Model, next: Pick<NextSteps, 'invalid'>): Measurer => ({
  width: 1,
  measure: (pictures, leftOut) => measureEach(model, pictures, next, leftOut),
});
