import { DataError } from '../errors.js';
import type { LoadedSample } from '../types.js';
import { productOf } from './classes.js';
import { sampleLight } from './light.js';
import { rasterise } from './raster.js';
import { rngFor } from './rng.js';

/** Increased whenever a drawing changes, so that caches keyed by a sample's hash never mix two versions. */
export const SYNTHETIC_VERSION = 1;

/** The smallest drawable picture, pixels per side. */
export const SYNTHETIC_MIN_SIZE = 16;

/** Which picture: all its random choices follow from the first four. */
export interface SyntheticRecipe {
  /** One of `syntheticClasses`, or a variant (`syntheticVariants`). */
  readonly className: string;
  readonly seed: number;
  /** Training and test pieces never share a random stream. */
  readonly split: 'train' | 'test';
  /** Number of the piece within its split, an integer >= 0. */
  readonly index: number;
  /** `good`, or one of `syntheticDefects(className)`. */
  readonly defect: string;
}

/**
 * Draws one piece as a `size` x `size` picture with its mask (1 where the defect materially changed the picture).
 * The piece, its lamp and its sensor noise depend only on class, seed, split and index, so the same recipe with
 * `defect: 'good'` is the same picture without the defect, identical outside the mask. Sizes of the defects follow the
 * index along a low-discrepancy sequence: any few consecutive indices hold small and large ones.
 *
 * Throws a `DataError` for an unknown class or defect, an index that is not an integer >= 0, or a size that is not an
 * integer >= 16. Bytes are the same in every run of one JavaScript engine; engines whose Math.sin differ in the last bit may
 * differ in single grey levels.
 */
export function renderSynthetic(recipe: SyntheticRecipe & { readonly size: number }): LoadedSample {
  const { className, seed, split, index, defect, size } = recipe;
  const product = productOf(className);
  if (defect !== 'good' && !product.defects.includes(defect)) {
    throw new DataError(
      `synthetic: defect of ${className} must be good or one of ${product.defects.join(', ')}, got '${defect}'; ` +
        `syntheticDefects('${className}') lists them.`,
    );
  }
  if (!Number.isInteger(index) || index < 0) {
    throw new DataError(`synthetic: index must be an integer >= 0, got ${index}; number the pieces from 0.`);
  }
  if (!Number.isInteger(size) || size < SYNTHETIC_MIN_SIZE) {
    throw new DataError(
      `synthetic: size must be an integer of at least ${SYNTHETIC_MIN_SIZE} pixels, got ${size}; request a larger picture.`,
    );
  }
  const piece = product.make(rngFor('piece', className, seed, split, index));
  const light = sampleLight(rngFor('light', className, seed, split, index));
  if (defect === 'good') return rasterise(piece, null, light, size);
  const start = rngFor('magnitude', className, seed, split, defect).next();
  const magnitude = (start + index * 0.6180339887498949) % 1;
  const rng = rngFor('defect', className, seed, split, index, defect);
  return rasterise(piece, piece.defect(defect, rng, magnitude), light, size);
}
