import { connectedRegions } from './regions.js';

/** A connected part of a picture whose anomaly reaches the review threshold; pixels of the picture, its top left corner (0, 0). */
export interface Region {
  /** Left, top, width, height. */
  box: [number, number, number, number];
  /** Pixels. */
  area: number;
  /** The most anomalous pixel and its score. */
  peak: { x: number; y: number; score: number };
  /** Centre of the region, each pixel counting once. */
  centroid: { x: number; y: number };
}

/** The sums of `findRegions` over a region, in pixels of the map. */
interface Sums {
  left: number;
  top: number;
  right: number;
  bottom: number;
  area: number;
  x: number;
  y: number;
  peak: number;
}

const round = (value: number) => Math.round(value * 10) / 10;

/**
 * The 8-connected regions of a map, row-major, that reach `threshold`, the highest peak first, in the coordinates of a picture of
 * `width` x `height` pixels, whose whole area the map covers.
 *
 * @param size of the map; a number is the side of a square one
 */
export function findRegions(
  map: Float32Array,
  size: number | { readonly width: number; readonly height: number },
  threshold: number,
  width: number,
  height: number,
): Region[] {
  const { width: columns, height: rows } = typeof size === 'number' ? { width: size, height: size } : size;
  // several times as fast as Uint8Array.from, and pages call it while the user drags
  const mask = new Uint8Array(map.length);
  for (let i = 0; i < map.length; i++) if (map[i]! >= threshold) mask[i] = 1;
  const { labels, count } = connectedRegions(mask, columns, rows);
  const sums = Array.from({ length: count }, (): Sums => ({
    left: columns,
    top: rows,
    right: -1,
    bottom: -1,
    area: 0,
    x: 0,
    y: 0,
    peak: -1,
  }));
  for (let i = 0; i < labels.length; i++) {
    if (labels[i] === 0) continue;
    const one = sums[labels[i]! - 1]!;
    const x = i % columns;
    const y = (i - x) / columns;
    one.left = Math.min(one.left, x);
    one.right = Math.max(one.right, x);
    one.top = Math.min(one.top, y);
    one.bottom = Math.max(one.bottom, y);
    one.area++;
    one.x += x + 0.5;
    one.y += y + 0.5;
    if (one.peak < 0 || map[i]! > map[one.peak]!) one.peak = i;
  }
  const [sx, sy] = [width / columns, height / rows];
  return sums
    .map(({ left, top, right, bottom, area, x, y, peak }): Region => {
      const [x0, y0] = [Math.floor(left * sx), Math.floor(top * sy)];
      const px = peak % columns;
      return {
        box: [x0, y0, Math.ceil((right + 1) * sx) - x0, Math.ceil((bottom + 1) * sy) - y0],
        area: Math.round(area * sx * sy),
        peak: {
          x: round((px + 0.5) * sx),
          y: round(((peak - px) / columns + 0.5) * sy),
          score: map[peak]!,
        },
        centroid: { x: round((x / area) * sx), y: round((y / area) * sy) },
      };
    })
    .sort((a, b) => b.peak.score - a.peak.score);
}
