/** Connected regions of a mask; `labels` (height, width) row-major, 0 background, 1..count in raster order. */
export interface Regions {
  readonly labels: Uint32Array;
  readonly count: number;
  /** (count) pixels of region i + 1. */
  readonly areas: Uint32Array;
}

/**
 * Labels the connected regions of a mask (height, width), row-major, nonzero = foreground.
 * `connectivity` 8 joins pixels that share an edge or a corner, 4 an edge. AU-PRO counts 8-connected regions.
 * Throws when the mask does not hold width * height pixels.
 */
export function connectedRegions(
  mask: ArrayLike<number>,
  width: number,
  height: number,
  connectivity: 4 | 8 = 8,
): Regions {
  if (mask.length !== width * height) {
    throw new Error(
      `connectedRegions: mask must hold width * height = ${width} * ${height} pixels, got ${mask.length}.`,
    );
  }
  const labels = new Uint32Array(mask.length);
  const stack: number[] = [];
  const areas: number[] = [];
  for (let start = 0; start < mask.length; start++) {
    if (mask[start] === 0 || labels[start] !== 0) continue;
    const label = areas.length + 1;
    let area = 0;
    labels[start] = label;
    stack.push(start);
    while (stack.length > 0) {
      const pixel = stack.pop()!;
      area++;
      const x = pixel % width;
      const y = (pixel - x) / width;
      const left = Math.max(0, x - 1);
      const right = Math.min(width - 1, x + 1);
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++) {
        for (let u = left; u <= right; u++) {
          if (connectivity === 4 && u !== x && v !== y) continue;
          const next = v * width + u;
          if (mask[next] === 0 || labels[next] !== 0) continue;
          labels[next] = label;
          stack.push(next);
        }
      }
    }
    areas.push(area);
  }
  return { labels, count: areas.length, areas: Uint32Array.from(areas) };
}
