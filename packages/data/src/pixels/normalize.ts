import type { RgbImage } from '../types.js';

/** Mean of ImageNet's pictures, red, green, blue, on the scale 0..1 (the values of torchvision and timm). */
export const IMAGENET_MEAN: readonly [number, number, number] = [0.485, 0.456, 0.406];
/** Standard deviation of ImageNet's pictures, red, green, blue, on the scale 0..1. */
export const IMAGENET_STD: readonly [number, number, number] = [0.229, 0.224, 0.225];

/**
 * (value / 255 - mean) / std for each channel: the encoder's input. Returns (height, width, 3) in the picture's own
 * interleaved order.
 */
export function normalizeImageNet(image: RgbImage): Float32Array {
  const { data } = image;
  // 256 possible values per channel: a table is exact and does the division once
  const tables = IMAGENET_MEAN.map((mean, c) =>
    Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean) / IMAGENET_STD[c]!),
  );
  const [red, green, blue] = tables as [Float32Array, Float32Array, Float32Array];
  const out = new Float32Array(data.length);
  for (let i = 0; i < data.length; i += 3) {
    out[i] = red[data[i]!]!;
    out[i + 1] = green[data[i + 1]!]!;
    out[i + 2] = blue[data[i + 2]!]!;
  }
  return out;
}

/** An ImageNet-normalised picture, (height, width, 3). */
export interface NormalizedPicture {
  readonly height: number;
  readonly width: number;
  readonly data: Float32Array;
}

/** `normalizeImageNet` with the picture's size. */
export const normalizedPicture = (image: RgbImage): NormalizedPicture => ({
  height: image.height,
  width: image.width,
  data: normalizeImageNet(image),
});
