// The traversal of a feature map: directions, grids, regions. Shared by every backend, so that all agree.

/** The four directions: 0 row-major, 1 column-major, 2 the reverse of 0, 3 the reverse of 1 (paper III-C; VMamba's cross-scan). */
export const DIRECTIONS = 4;

/** First index of each of `parts` pieces of a line of `length` pixels, and `length` at the end: piece i starts at floor(i·length/parts). */
export function boundaries(length: number, parts: number): number[] {
  return Array.from({ length: parts + 1 }, (_, i) => Math.floor((i * length) / parts));
}

/** A rectangle of the map: rows [y0, y1), columns [x0, x1). */
export interface Region {
  readonly y0: number;
  readonly y1: number;
  readonly x0: number;
  readonly x1: number;
}

/** The non-empty sub-regions of a height × width map cut into grid × grid. */
export function regionsOf(height: number, width: number, grid: number): Region[] {
  const ys = boundaries(height, grid);
  const xs = boundaries(width, grid);
  const regions: Region[] = [];
  for (let i = 0; i < grid; i++)
    for (let j = 0; j < grid; j++) {
      const region = { y0: ys[i]!, y1: ys[i + 1]!, x0: xs[j]!, x1: xs[j + 1]! };
      if (region.y1 > region.y0 && region.x1 > region.x0) regions.push(region);
    }
  return regions;
}

/** Raster indices (y·width + x) of a region's pixels, in the order in which a direction visits them. */
export function visitingOrder(region: Region, width: number, direction: number): Int32Array {
  const { y0, y1, x0, x1 } = region;
  const order = new Int32Array((y1 - y0) * (x1 - x0));
  let i = 0;
  if (direction % 2 === 0) {
    for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) order[i++] = y * width + x;
  } else {
    for (let x = x0; x < x1; x++) for (let y = y0; y < y1; y++) order[i++] = y * width + x;
  }
  return direction >= 2 ? order.reverse() : order;
}
