import type { Viewport } from '../state/look.js';

const LARGEST = 40;

/** A viewport clamped to its range: not smaller than the whole picture, its centre on the picture. */
export function within({ zoom, x, y }: Viewport): Viewport {
  const bounded = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
  const near = bounded(zoom, 1, LARGEST);
  // the picture's border may move to the border of the view
  const margin = 0.5 / near;
  return { zoom: near, x: bounded(x, margin, 1 - margin), y: bounded(y, margin, 1 - margin) };
}

/** Zoomed by `factor` so that the point (px, py), fractions of the picture, stays in place. */
export function zoomed({ zoom, x, y }: Viewport, factor: number, px = x, py = y): Viewport {
  const next = Math.min(LARGEST, Math.max(1, zoom * factor));
  const shrink = zoom / next;
  return within({ zoom: next, x: px + (x - px) * shrink, y: py + (y - py) * shrink });
}
