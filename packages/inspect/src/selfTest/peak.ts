import type { Part } from '@pyramid-mamba/data';
import type { Judged } from '@pyramid-mamba/model';

/** A mask is grown by this share of the picture's shorter side: a map is coarser than the picture, and smoothed. */
const GROWN = 1 / 32;

/**
 * Whether the map's largest value lies in the mask of the same picture, at any size, grown by 1/32 of the shorter side.
 * @param part of the map that the mask is of; by default all of it
 */
export function peakInside(
  { map, width, height }: Pick<Judged, 'map' | 'width' | 'height'>,
  mask: { readonly width: number; readonly height: number; readonly data: ArrayLike<number> },
  part: Part = { left: 0, top: 0, width, height },
): boolean {
  let peak = 0;
  for (let i = 1; i < map.length; i++) if (map[i]! > map[peak]!) peak = i;
  const x = (((peak % width) - part.left + 0.5) * mask.width) / part.width - 0.5;
  const y = ((Math.floor(peak / width) - part.top + 0.5) * mask.height) / part.height - 0.5;
  const reach = GROWN * Math.min(mask.width, mask.height);
  for (let v = Math.max(0, Math.ceil(y - reach)); v <= Math.min(mask.height - 1, y + reach); v++)
    for (let u = Math.max(0, Math.ceil(x - reach)); u <= Math.min(mask.width - 1, x + reach); u++)
      if (mask.data[v * mask.width + u] !== 0 && (u - x) ** 2 + (v - y) ** 2 <= reach ** 2) return true;
  return false;
}
