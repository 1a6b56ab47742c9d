import { pictureMap, resizeAlignCorners, type LevelMap, type Size } from '@pyramid-mamba/model';
import { computeMap } from './computeMap.js';
import type { Item } from '../run/types.js';
import { scoreIsMaximum, type MapMaker } from './mapOf.js';

/** Number of cached maps, so that previous and next need no wait; of large ones as many as have so many pixels together, but at least three. */
const KEPT = 12;
const KEPT_PIXELS = 12 * 1024 * 1024;

/** The data of a picture's heat map. */
export interface PictureMaps {
  /** Anomaly map of the picture's size, row-major: the values behind the scores. */
  readonly map: Float32Array;
  readonly levels: readonly LevelMap[];
  /** Whether a score is the maximum of its map. */
  readonly scoreIsMaximum: boolean;
}

const kept = new Map<Item, Promise<PictureMaps | null>>();

/** The full map of a picture, computed from its small ones; null if the run has none. */
export function mapsOf({ input, sigma, config }: MapMaker, item: Item): Promise<PictureMaps | null> {
  const found = kept.get(item) ?? computed();
  kept.delete(item);
  kept.set(item, found);
  for (const old of kept.keys()) {
    if (kept.size <= Math.min(KEPT, Math.max(3, KEPT_PIXELS / (item.size.width * item.size.height)))) break;
    kept.delete(old);
  }
  found.catch(() => kept.delete(item));
  return found;

  async function computed(): Promise<PictureMaps | null> {
    const levels = await item.levels();
    if (!levels) return null;
    const map = await computeMap(levels, { input, sigma, config }, item.size);
    return { levels, map, scoreIsMaximum: await scoreIsMaximum({ config }) };
  }
}

/**
 * One level at the picture's size, row-major, not smoothed, on the scale of the whole map: that is the mean of these over the levels.
 * A level of one pixel is a number that the method needs, not a map.
 */
export function levelMap(
  { levels }: Pick<PictureMaps, 'levels' | 'map'>,
  level: number,
  input: Size,
  size: Size,
): Float32Array {
  const maps = levels.filter(({ height, width }) => height * width > 1).length;
  const share = (parts: readonly LevelMap[], [height, width]: readonly [number, number]) => ({
    map: Float32Array.from(resizeAlignCorners(parts[0]!, height, width), (value) => value / maps),
    score: 0,
  });
  return pictureMap({ fuse: share }, [levels[level]!], input, size, { sigma: 1 }).map;
}
