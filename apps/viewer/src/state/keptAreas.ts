import { z } from 'zod';
import { NO_AREAS, type Areas } from '../engine/areas.js';

const KEY = 'pyramid-mamba areas';

const share = z.number().min(0).max(1);
const polygons = z
  .array(
    z
      .array(z.tuple([share, share]))
      .min(3)
      .max(1000),
  )
  .max(100);
const areasSchema = z.object({ use: polygons, ignore: polygons });

/** The areas that were drawn when the page was open before; none where nothing sound is kept. */
export function keptAreas(): Areas {
  try {
    return areasSchema.parse(JSON.parse(localStorage.getItem(KEY) ?? 'null'));
  } catch {
    // nothing kept yet, a value of another version, or a browser that keeps nothing for this page
    return NO_AREAS;
  }
}

/** Keeps the areas for the page's next visit. */
export function keepAreas(areas: Areas): void {
  try {
    if (areas.use.length + areas.ignore.length === 0) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(areas));
  } catch {
    // a browser that keeps nothing for this page: the areas hold until it is closed
  }
}
