import sharp, { type SharpOptions } from 'sharp';

/** Pictures of more pixels are refused: one of this size takes 600 MB as RGB. */
export const MAX_PIXELS = 200_000_000;

/**
 * How pictures are opened. Colour profiles are ignored, as Pillow does, because applying them would change pixel values.
 * Warnings count as errors: a JPEG cut short is only a warning to libjpeg, and would come back half grey.
 */
export const OPEN: SharpOptions = { ignoreIcc: true, failOn: 'warning', limitInputPixels: MAX_PIXELS };

export { sharp };
