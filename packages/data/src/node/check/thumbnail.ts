import { resizeRgb } from '../../pixels/resize.js';
import type { RgbImage } from '../../types.js';

const SIDE = 32;
/** Pictures smaller than this have too few pixels to average a compression's losses away. */
const SMALLEST = 64;
/**
 * Largest difference of a value of two thumbnails of the same picture, one saved as JPEG. Measured on real pictures of
 * 256 pixels: at most 5 at quality 60, while different pictures of one class differ by at least 11 somewhere.
 */
const SAME = 6;

/** A picture's brightness at 32 x 32 pixels, or undefined for one that is too small. */
export function thumbnailOf(image: RgbImage): Uint8Array | undefined {
  if (Math.min(image.width, image.height) < SMALLEST) return undefined;
  const { data } = resizeRgb(image, SIDE, SIDE);
  return Uint8Array.from({ length: SIDE * SIDE }, (_, i) =>
    Math.round((data[i * 3]! + data[i * 3 + 1]! + data[i * 3 + 2]!) / 3),
  );
}

/** Whether two thumbnails can be of one picture. */
export function looksSame(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (Math.abs(a[i]! - b[i]!) > SAME) return false;
  return true;
}
