import sharp, { type SharpOptions } from 'sharp';

/** Pictures with more pixels are rejected: one of this size takes 600 MB as RGB. */
export const MAX_PIXELS = 200_000_000;

/**
 * Options for opening pictures. Colour profiles are ignored, like in Pillow, because applying them would change pixel values.
 * Warnings count as errors: for libjpeg a truncated JPEG is only a warning, and would be returned half grey.
 */
export const OPEN: SharpOptions = { ignoreIcc: true, failOn: 'warning', limitInputPixels: MAX_PIXELS };

export { sharp };
