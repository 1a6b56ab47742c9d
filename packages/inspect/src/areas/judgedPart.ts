import type { ProductPart } from '@pyramid-mamba/data';
import { ownValue, thinned } from '@pyramid-mamba/metrics';
import { inputOf, methodOf, pictureMap, type DetectorConfig, type Judged } from '@pyramid-mamba/model';
import { PictureError } from '../pictureError.js';
import { sharedMask, type Areas } from './areas.js';

/** Areas by product. */
export type ProductsAreas = Readonly<Record<string, Areas>>;

/** A picture's judgement by its judged part alone: outside, the map is 0. */
export interface JudgedPart {
  readonly judged: Judged;
  /** Of the map, row-major: 1 where pixels are judged; undefined where all are. */
  readonly mask: Uint8Array | undefined;
}

/**
 * A judgement by the pixels that each of the given areas judges; the network still saw the whole picture. Throws a PictureError where that is
 * no pixel.
 */
export function judgedPart(
  config: DetectorConfig,
  judged: Judged,
  areas: readonly (Areas | undefined)[],
): JudgedPart {
  return judgedWithin(config, judged, sharedMask(areas, judged));
}

/** The same by a mask of the map; undefined for all of it. */
export function judgedWithin(
  config: DetectorConfig,
  judged: Judged,
  mask: Uint8Array | undefined,
): JudgedPart {
  if (!mask) return { judged, mask };
  // another picture may have other proportions, and be of another product
  if (!mask.includes(1))
    throw new PictureError('the areas leave nothing of the picture to judge; make them larger or remove one');
  const { levels, height, width } = judged;
  const part = pictureMap(methodOf(config), levels, inputOf(config), { height, width }, config.map, mask);
  return { judged: { ...judged, ...part }, mask };
}

/** Sampled pixels of the judged part of a map, see `thinned`. */
export function thinnedPart({ judged: { map, width }, mask }: JudgedPart): Float32Array {
  const values = thinned(map, width);
  if (!mask) return values;
  const judged = thinned(Float32Array.from(mask), width);
  return values.filter((_, i) => judged[i] === 1);
}

/** The product where it is judged: defects are drawn there. Where areas and product have no pixel in common, the areas alone. */
export function productWithin(part: ProductPart, mask: Uint8Array | undefined): ProductPart {
  if (!mask) return part;
  const both = part.pixels.filter((pixel) => mask[pixel] === 1);
  const pixels = both.length > 0 ? both : Int32Array.from(mask.keys()).filter((pixel) => mask[pixel] === 1);
  const on = new Uint8Array(mask.length);
  for (const pixel of pixels) on[pixel] = 1;
  return { ...part, on, pixels };
}

/** The mask of each class's judged part by picture size, each made once. */
export function maskOf(areas: ProductsAreas | undefined) {
  const made = new Map<string, Uint8Array | undefined>();
  return (className: string, size: { readonly width: number; readonly height: number }) => {
    const own = ownValue(areas, className);
    if (!own) return undefined;
    const key = `${size.width}x${size.height} ${className}`;
    if (!made.has(key)) made.set(key, sharedMask([own], size));
    return made.get(key);
  };
}
