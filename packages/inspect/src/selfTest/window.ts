import { productPart, resizeRgb, seededRandom, type Part, type RgbImage } from '@pyramid-mamba/data';
import { inputOf, tileOf, type DetectorConfig } from '@pyramid-mamba/model';
import { productWithin } from '../areas/index.js';

/** Longest side of the picture in which the product is told from the background, in pixels. */
const LOOKED_AT = 256;

/**
 * The size of the part of a picture on which a defect is drawn, where it is not the whole: that of a tile, but at least `least` pixels on the shorter
 * side as far as the input has them. Small defects are what tiles are for, and shares of a tile's side mean the same number of pixels in pictures of any size.
 */
export function windowSize(
  config: DetectorConfig,
  least: number,
): { readonly width: number; readonly height: number } | undefined {
  if (!config.tiles) return undefined;
  const [input, tile] = [inputOf(config), tileOf(config)];
  const scale = Math.max(1, least / Math.min(tile.width, tile.height));
  return {
    width: Math.min(input.width, Math.round(scale * tile.width)),
    height: Math.min(input.height, Math.round(scale * tile.height)),
  };
}

/** Where on a picture its product is, coarsely. */
export interface Ground {
  readonly pixels: Int32Array;
  /** Of the small picture that `pixels` are indices of. */
  readonly width: number;
  readonly height: number;
}

/** Finds the product in a small copy of the picture. @param judged the mask of what is judged of a picture of a size; undefined where all is */
export function groundOf(
  image: RgbImage,
  judged: (size: { readonly width: number; readonly height: number }) => Uint8Array | undefined,
): Ground {
  const scale = Math.min(1, LOOKED_AT / Math.max(image.width, image.height));
  const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(scale * side)));
  const small = resizeRgb(image, width!, height!);
  const { pixels } = productWithin(productPart(small), judged(small));
  return { pixels, width: width!, height: height! };
}

/** A part of the picture of the given size with its centre on the product, by seed, moved inwards where it would leave the picture. */
export function windowOn(
  image: RgbImage,
  { width, height }: { readonly width: number; readonly height: number },
  ground: Ground,
  seed: string,
): Part {
  const random = seededRandom('window', seed);
  // areas may be smaller than a pixel of the small copy
  const { pixels } = ground;
  const n = pixels.length > 0 ? pixels.length : ground.width * ground.height;
  const at = Math.floor(random() * n);
  const pixel = pixels.length > 0 ? pixels[at]! : at;
  const x = (((pixel % ground.width) + random()) * image.width) / ground.width;
  const y = ((Math.floor(pixel / ground.width) + random()) * image.height) / ground.height;
  const within = (centre: number, size: number, side: number) =>
    Math.max(0, Math.min(side - size, Math.round(centre - size / 2)));
  return { left: within(x, width, image.width), top: within(y, height, image.height), width, height };
}
