import { findRegions, type Region } from '@pyramid-mamba/metrics';

const found = new WeakMap<Float32Array, { threshold: number; regions: Region[] }>();

/** Where a map of `side` x `side` reaches the review threshold, the highest peak first; none without a threshold. */
export function regionsOf(map: Float32Array, side: number, threshold: number | undefined): Region[] {
  if (threshold === undefined) return [];
  const kept = found.get(map);
  if (kept?.threshold === threshold) return kept.regions;
  const regions = findRegions(map, side, threshold, side, side);
  found.set(map, { threshold, regions });
  return regions;
}
