import { z } from 'zod';
import { NO_AREAS, type Areas } from '@pyramid-mamba/inspect';

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

/** The areas stored by a previous visit; none if nothing valid is stored. */
export function keptAreas(): Areas {
  try {
    return areasSchema.parse(JSON.parse(localStorage.getItem(KEY) ?? 'null'));
  } catch {
    // nothing stored yet, a value of another version, or a browser without storage for this page
    return NO_AREAS;
  }
}

/** Stores the areas for the next visit. */
export function keepAreas(areas: Areas): void {
  try {
    if (areas.use.length + areas.ignore.length === 0) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, JSON.stringify(areas));
  } catch {
    // a browser without storage for this page: the areas last until it is closed
  }
}
