// The traversal order of a scan, for the backends that compute all grids of a pyramid in one traversal.
import { regionOfPixels } from './orders.js';
import { boundaries, DIRECTIONS } from './regions.js';

/** Segments in visiting order, each `[first position, step, pixels, (carry slot, starts from zero) of each grid]`. */
export interface ScanPlan {
  readonly data: Int32Array;
  /** The pixels at the positions; absent where positions are pixels. */
  readonly order?: Int32Array;
  readonly segments: number;
  /** Total number of pixels. */
  readonly pixels: number;
  readonly grids: number;
  /** Carry slots: grid g has g of them, one per column of sub-regions; in `orderPlan` g², one per sub-region. */
  readonly slots: number;
}

/** The plan of a 1-D sequence, cut every `longest` steps. */
export function sequencePlan(length: number, longest: number): ScanPlan {
  return directionPlan(1, length, [1], 0, longest);
}

/** The plans of the four directions over a height × width map, for all grids at once; no segment has more than `longest` pixels. */
export function mapPlans(
  height: number,
  width: number,
  grids: readonly number[],
  longest: number,
): ScanPlan[] {
  return Array.from({ length: DIRECTIONS }, (_, k) => directionPlan(height, width, grids, k, longest));
}

/** Cuts every line (row, or column if the direction is odd) at the borders of all grids, and at least every `longest` pixels. */
function directionPlan(
  height: number,
  width: number,
  grids: readonly number[],
  direction: number,
  longest: number,
): ScanPlan {
  const byColumn = direction % 2 === 1;
  const backwards = direction >= 2;
  const [lines, length] = byColumn ? [width, height] : [height, width];
  const stride = byColumn ? width : 1;
  const lineStride = byColumn ? 1 : width;
  const cuts = lineCuts(length, grids, longest);
  const along = grids.map((g) => boundaries(length, g));
  const across = grids.map((g) => boundaries(lines, g));
  const data: number[] = [];
  let segments = 0;
  for (let i = 0; i < lines; i++) {
    const line = backwards ? lines - 1 - i : i;
    for (let j = 0; j < cuts.length - 1; j++) {
      const place = backwards ? cuts.length - 2 - j : j;
      const start = cuts[place]!;
      const end = cuts[place + 1]!;
      const firstPosition = backwards ? end - 1 : start;
      data.push(line * lineStride + firstPosition * stride, backwards ? -stride : stride, end - start);
      let slot = 0;
      grids.forEach((grid, g) => {
        const column = pieceOf(along[g]!, start);
        const row = pieceOf(across[g]!, line);
        const firstLine = line === (backwards ? across[g]![row + 1]! - 1 : across[g]![row]!);
        const firstOfLine = backwards ? end === along[g]![column + 1]! : start === along[g]![column]!;
        data.push(slot + column, firstLine && firstOfLine ? 1 : 0);
        slot += grid;
      });
      segments++;
    }
  }
  return {
    data: Int32Array.from(data),
    segments,
    pixels: height * width,
    grids: grids.length,
    slots: grids.reduce((s, g) => s + g, 0),
  };
}

function lineCuts(length: number, grids: readonly number[], longest: number): number[] {
  const borders = new Set(grids.flatMap((g) => boundaries(length, g)));
  const sorted = [...borders].sort((a, b) => a - b);
  return sorted.flatMap((start, i) => {
    const end = sorted[i + 1];
    if (end === undefined) return [start];
    return Array.from({ length: Math.ceil((end - start) / longest) }, (_, j) => start + j * longest);
  });
}

/** The piece [bounds[i], bounds[i + 1]) that contains `position`. */
function pieceOf(bounds: number[], position: number): number {
  return bounds.findIndex((start, i) => start <= position && position < (bounds[i + 1] ?? -1));
}

/** The plan of a map along any curve, whose pixels are `order`. Cuts it wherever a grid's sub-region changes, and at least every `longest` pixels. */
export function orderPlan(
  order: Int32Array,
  [height, width]: readonly [height: number, width: number],
  grids: readonly number[],
  longest: number,
): ScanPlan {
  const regions = grids.map((grid) => regionOfPixels(height, width, grid));
  const begun = grids.map((grid) => new Uint8Array(grid * grid));
  const data: number[] = [];
  let segments = 0;
  for (let start = 0; start < order.length; segments++) {
    const pixel = order[start]!;
    let end = start + 1;
    const most = Math.min(order.length, start + longest);
    while (end < most && regions.every((region) => region[order[end]!] === region[pixel])) end++;
    data.push(start, 1, end - start);
    let slot = 0;
    grids.forEach((grid, g) => {
      const region = regions[g]![pixel]!;
      data.push(slot + region, begun[g]![region] === 0 ? 1 : 0);
      begun[g]![region] = 1;
      slot += grid * grid;
    });
    start = end;
  }
  return {
    data: Int32Array.from(data),
    order,
    segments,
    pixels: order.length,
    grids: grids.length,
    slots: grids.reduce((s, g) => s + g * g, 0),
  };
}
