import { findRegions, type Region } from '@pyramid-mamba/metrics';
import type { Size } from '../../run/types.js';

const found = new WeakMap<Float32Array, { threshold: number; regions: Region[] }>();

/** Where a map of `size` reaches the review threshold, the highest peak first; none without a threshold. */
export function regionsOf(map: Float32Array, size: Size, threshold: number | undefined): Region[] {
  if (threshold === undefined) return [];
  const kept = found.get(map);
  if (kept?.threshold === threshold) return kept.regions;
  const regions = findRegions(map, size, threshold, size.width, size.height);
  found.set(map, { threshold, regions });
  return regions;
}
