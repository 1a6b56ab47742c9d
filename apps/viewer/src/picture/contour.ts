import type { Size } from '../run/types.js';

/**
 * The line where a map, row-major, reaches `threshold`, as an SVG path in pixels of the map, whose values are at
 * the pixels' centres. Marching squares: each cell between four centres adds the segments that cross it, ends interpolated.
 * Outside the border the map counts as below the threshold, so that every line is closed.
 */
export function contourPath(map: ArrayLike<number>, size: Size, threshold: number): string {
  const { width, height } = size;
  // with a border around it
  const row = width + 2;
  const reached = new Uint8Array(row * (height + 2));
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) if (map[i]! >= threshold) reached[(y + 1) * row + x + 1] = 1;
  const parts: string[] = [];
  for (let y = -1; y < height; y++) {
    for (let x = -1; x < width; x++) {
      const corner = (y + 1) * row + x + 1;
      const corners =
        reached[corner]! + reached[corner + 1]! + reached[corner + row]! + reached[corner + row + 1]!;
      // nearly every cell: no allocation
      if (corners > 0 && corners < 4) parts.push(cellPath(map, size, threshold, x, y));
    }
  }
  return parts.join('');
}

/** The segments in the cell between the centres of (x, y) and (x + 1, y + 1). */
function cellPath(
  map: ArrayLike<number>,
  { width, height }: Size,
  threshold: number,
  x: number,
  y: number,
): string {
  const below = threshold - 1e-9 - Math.abs(threshold);
  const at = (x: number, y: number) =>
    x < 0 || y < 0 || x >= width || y >= height ? below : map[y * width + x]!;
  const [a, b, c, d] = [at(x, y), at(x + 1, y), at(x + 1, y + 1), at(x, y + 1)] as const;
  const inside = [a, b, c, d].map((value) => value >= threshold);
  const cut = (from: number, to: number) => (threshold - from) / (to - from);
  const centre = (value: number, side: number) => Math.min(side, Math.max(0, value + 0.5));
  // crossings of the four edges: top, right, bottom, left
  const crossings: [crossed: boolean, x: number, y: number][] = [
    [inside[0] !== inside[1], x + cut(a, b), y],
    [inside[1] !== inside[2], x + 1, y + cut(b, c)],
    [inside[2] !== inside[3], x + cut(d, c), y + 1],
    [inside[3] !== inside[0], x, y + cut(a, d)],
  ];
  const points = crossings
    .filter(([crossed]) => crossed)
    .map(([, px, py]) => `${centre(px, width).toFixed(2)} ${centre(py, height).toFixed(2)}`);
  // a saddle: its centre value decides which corners are connected
  const turned = points.length === 4 && (a + b + c + d) / 4 >= threshold === inside[0];
  const order = points.length === 2 ? [0, 1] : turned ? [0, 1, 2, 3] : [3, 0, 1, 2];
  let path = '';
  for (let i = 0; i < order.length; i += 2) {
    const [from, to] = [points[order[i]!], points[order[i + 1]!]];
    // a line of zero length is invisible, and WebKit draws a dot for it that does not scale with the zoom
    if (from !== to) path += `M${from}L${to}`;
  }
  return path;
}
