import { mapThreshold } from '@pyramid-mamba/inspect';
import { findRegions, type Region } from '@pyramid-mamba/metrics';
import type { PictureMaps } from '../../picture/maps.js';
import type { Item } from '../../run/types.js';

/** An item's map, see `PictureMaps`. */
type Mapped = Pick<PictureMaps, 'map' | 'scoreIsMaximum'>;

const found = new WeakMap<Float32Array, { threshold: number; regions: Region[] }>();

/** The value from which a map has regions and lines, for a threshold of scores. */
export const cutOf = (
  { map, scoreIsMaximum }: Mapped,
  { score }: Pick<Item, 'score'>,
  threshold: number,
): number => (scoreIsMaximum ? threshold : mapThreshold(threshold, score, map));

/** Where an item's map reaches the review threshold, the highest peak first; none without a threshold. */
export function regionsOf(
  mapped: Mapped,
  item: Pick<Item, 'size' | 'score'>,
  threshold: number | undefined,
): Region[] {
  if (threshold === undefined) return [];
  const { map } = mapped;
  const kept = found.get(map);
  if (kept?.threshold === threshold) return kept.regions;
  const { width, height } = item.size;
  const regions = findRegions(map, item.size, cutOf(mapped, item, threshold), width, height);
  found.set(map, { threshold, regions });
  return regions;
}
