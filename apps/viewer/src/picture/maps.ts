import { resizeAlignCorners, type LevelMap } from '@pyramid-mamba/model';
import { computeMap } from './computeMap.js';
import type { Item, OpenRun } from '../run/types.js';

/** Maps kept: previous and next must not wait. */
const KEPT = 12;

/** What a picture's heat map is drawn of. */
export interface PictureMaps {
  /** Anomaly map, (size, size), row-major: the numbers the scores are of. */
  readonly map: Float32Array;
  readonly levels: readonly LevelMap[];
}

const kept = new Map<Item, Promise<PictureMaps | null>>();

/** The full map of a picture, computed of its small ones; null where the run has none. */
export function mapsOf(
  { size, sigma }: Pick<OpenRun, 'size' | 'sigma'>,
  item: Item,
): Promise<PictureMaps | null> {
  const found = kept.get(item) ?? computed();
  kept.delete(item);
  kept.set(item, found);
  for (const old of kept.keys()) {
    if (kept.size <= KEPT) break;
    kept.delete(old);
  }
  found.catch(() => kept.delete(item));
  return found;

  async function computed(): Promise<PictureMaps | null> {
    const levels = await item.levels();
    return levels && { levels, map: await computeMap(levels, size, sigma) };
  }
}

/**
 * One level at the picture's size, (size, size), not smoothed, on the scale of the whole map: that is the mean of these over the levels.
 */
export function levelMap({ levels }: PictureMaps, level: number, size: number): Float32Array {
  return Float32Array.from(resizeAlignCorners(levels[level]!, size, size), (value) => value / levels.length);
}
