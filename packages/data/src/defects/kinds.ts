import type { GrayImage, RgbImage } from '../types.js';

/** Increased whenever a drawing changes: pictures of an earlier version cannot be drawn again from their seeds. */
export const DEFECTS_VERSION = 1;

/** The smallest picture that a defect is drawn on, pixels per side. */
export const DEFECT_MIN_SIDE = 32;

/**
 * What can be drawn: `scratch`, `crack` and `fibre` are lines; `spot`, `hole`, `stain` and `colour` change the surface; `missing` shows the
 * background (or a bare surface) in place of the product; `transplant` is a part of the product's own surface in another place.
 */
export const DEFECT_KINDS = [
  'scratch',
  'spot',
  'hole',
  'crack',
  'stain',
  'fibre',
  'missing',
  'transplant',
  'colour',
] as const;
export type DefectKind = (typeof DEFECT_KINDS)[number];

/** Longest side of the changed area's bounding box, as a share of the picture's shorter side: 8, 13, 23, 41 and 72 pixels of 256. */
export const DEFECT_SIZES = [0.03, 0.05, 0.09, 0.16, 0.28] as const;

/** Root mean square of the change over the changed area, as a multiple of the product's own variation (`ProductPart.variation`). */
export const DEFECT_CONTRASTS = [1, 2, 4] as const;

/** Which defect: with the picture, all its pixels follow from this. */
export interface DefectRecipe {
  readonly kind: DefectKind;
  /** See `DEFECT_SIZES`; above 0, at most 0.5. At least 3 pixels are drawn. */
  readonly size: number;
  /** See `DEFECT_CONTRASTS`; above 0. Where grey levels end, and for `missing` and `transplant`, less may be possible. */
  readonly contrast: number;
  readonly seed: number | string;
}

/** A picture with a defect. */
export interface DrawnDefect {
  /** A copy; the pixels outside the mask are those of the given picture. */
  readonly image: RgbImage;
  /** 1 exactly where the picture was changed, else 0. */
  readonly mask: GrayImage;
}
