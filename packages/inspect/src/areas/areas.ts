/** A polygon's corners as fractions of the picture's width and height, 0 to 1. */
export type Polygon = readonly (readonly [x: number, y: number])[];

/** The judged part of a picture: the polygons of `use`, or all of it if there are none, without those of `ignore`. */
export interface Areas {
  readonly use: readonly Polygon[];
  readonly ignore: readonly Polygon[];
}

export const NO_AREAS: Areas = { use: [], ignore: [] };

/** Whether a point is in a polygon (even-odd rule). Fewer than three corners contain nothing. */
export function inPolygon(polygon: Polygon, x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i]!;
    const [xj, yj] = polygon[j]!;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return polygon.length >= 3 && inside;
}

/** (height, width) row-major: 1 where a pixel's centre counts; undefined if all do. */
export function areaMask(
  { use, ignore }: Areas,
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array | undefined {
  if (use.length === 0 && ignore.length === 0) return undefined;
  const mask = new Uint8Array(width * height);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const [x, y] = [(column + 0.5) / width, (row + 0.5) / height];
      const wanted = use.length === 0 || use.some((polygon) => inPolygon(polygon, x, y));
      mask[row * width + column] = Number(wanted && !ignore.some((polygon) => inPolygon(polygon, x, y)));
    }
  }
  return mask;
}

/** The mask of pixels that are judged by each of the given areas; undefined if all are. */
export function sharedMask(
  all: readonly (Areas | undefined)[],
  size: { readonly width: number; readonly height: number },
): Uint8Array | undefined {
  const masks = all.flatMap((areas) => (areas && areaMask(areas, size)) ?? []);
  return masks.length === 0
    ? undefined
    : masks[0]!.map((_, i) => Number(masks.every((mask) => mask[i] === 1)));
}
