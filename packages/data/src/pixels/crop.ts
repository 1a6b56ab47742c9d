import type { GrayImage, RgbImage } from '../types.js';

/** A part of a picture, in whole pixels. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** The pixels of a part of a picture or mask, a copy. Throws a RangeError for a part that is not inside. */
export function crop<T extends RgbImage | GrayImage>(image: T, part: Part): T {
  const { left, top, width, height } = part;
  requireInside(image, part);
  const channels = image.data.length / (image.width * image.height);
  const data = new Uint8Array(width * height * channels);
  for (let y = 0; y < height; y++) {
    const from = ((top + y) * image.width + left) * channels;
    data.set(image.data.subarray(from, from + width * channels), y * width * channels);
  }
  return { ...image, width, height, data };
}

/** A copy of a picture or mask with `part` in place of its pixels from (left, top) on. Throws a RangeError where that is not inside. */
export function withPart<T extends RgbImage | GrayImage>(
  image: T,
  part: T,
  { left, top }: Pick<Part, 'left' | 'top'>,
): T {
  const { width, height } = part;
  requireInside(image, { left, top, width, height });
  const channels = image.data.length / (image.width * image.height);
  const data = Uint8Array.from(image.data);
  for (let y = 0; y < height; y++) {
    const row = part.data.subarray(y * width * channels, (y + 1) * width * channels);
    data.set(row, ((top + y) * image.width + left) * channels);
  }
  return { ...image, data };
}

function requireInside(image: { readonly width: number; readonly height: number }, part: Part): void {
  const { left, top, width, height } = part;
  const whole = [left, top, width, height].every(Number.isInteger);
  if (whole && left >= 0 && top >= 0 && width > 0 && height > 0)
    if (left + width <= image.width && top + height <= image.height) return;
  throw new RangeError(
    `crop: ${width}×${height} pixels at ${left}, ${top} are not inside a picture of ${image.width}×${image.height}`,
  );
}
