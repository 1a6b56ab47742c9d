import { areaMask, type Areas } from './areas.js';

/** Pixels across and down at which areas are compared. */
const SIDE = 512;

/** What was compared: judgements ask for the same two objects, of a model's file, each time. */
const known = new WeakMap<Areas, WeakMap<Areas, boolean>>();

/** Whether all that the areas `part` judge of a picture is judged by `whole`, too. */
export function isWithin(part: Areas, whole: Areas): boolean {
  const found = known.get(part) ?? new WeakMap<Areas, boolean>();
  known.set(part, found);
  const before = found.get(whole);
  if (before !== undefined) return before;
  const [inner, outer] = [part, whole].map((areas) => areaMask(areas, { width: SIDE, height: SIDE }));
  const within = !outer || outer.every((one, i) => one === 1 || inner?.[i] === 0);
  found.set(whole, within);
  return within;
}
