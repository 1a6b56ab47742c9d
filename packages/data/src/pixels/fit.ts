import { resizeMask } from './mask.js';
import { resizeRgb } from './resize.js';
import type { GrayImage, ModelInput, RgbImage } from '../types.js';

/** A side in pixels stands for a square input that pictures are stretched to. */
export const modelInput = (input: number | ModelInput): ModelInput =>
  typeof input === 'number' ? { height: input, width: input, fit: 'stretch' } : input;

/**
 * The size of a picture within the input, in pixels, without any border: the input's own, or with `pad` the largest one of the
 * picture's aspect, rounded, at least 1 × 1.
 */
export function fittedSize(
  { width, height }: { readonly width: number; readonly height: number },
  input: ModelInput,
): { readonly width: number; readonly height: number } {
  const most = { width: input.width, height: input.height };
  if (input.fit === 'stretch') return most;
  // products of integers: a picture of the input's aspect fills it exactly
  return input.width * height <= input.height * width
    ? { ...most, height: Math.max(1, Math.round((height * input.width) / width)) }
    : { ...most, width: Math.max(1, Math.round((width * input.height) / height)) };
}

/** A picture at its size within the input, resized by `resizeRgb`. The border of `pad` is added after normalisation. */
export function fitRgb(image: RgbImage, input: ModelInput): RgbImage {
  const { width, height } = fittedSize(image, input);
  return resizeRgb(image, width, height);
}

/** A mask resized as its picture is by `fitRgb`, by `resizeMask`. */
export function fitMask(mask: GrayImage, input: ModelInput): GrayImage {
  const { width, height } = fittedSize(mask, input);
  return resizeMask(mask, width, height);
}
