// The order in which a direction visits a map's pixels. Shared by every backend, so that all agree.

/** Curves over a map (MambaAD, arXiv 2404.06564, figure 3). */
export const SCAN_ORDERS = ['sweep', 'scan', 'zorder', 'zigzag', 'hilbert'] as const;

/**
 * - `sweep`: row by row.
 * - `scan`: row by row, every second row backwards.
 * - `zorder`: Morton's order, the bits of column and row alternate.
 * - `zigzag`: along the anti-diagonals, forth and back.
 * - `hilbert`: Hilbert's curve.
 *
 * `zorder` and `hilbert` are curves over a square whose side is a power of two; on another map it is the curve of the smallest such square
 * around it, without the pixels outside.
 */
export type ScanOrder = (typeof SCAN_ORDERS)[number];

/** Numbers of directions. */
export const SCAN_DIRECTIONS = [2, 4, 8] as const;
export type ScanDirections = (typeof SCAN_DIRECTIONS)[number];

/** Which pixels are visited when. */
export interface ScanGeometry {
  readonly scanOrder: ScanOrder;
  readonly directions: ScanDirections;
}

/** Visits (row, column) of a rows × columns map. */
type Visit = (row: number, column: number) => void;

const curves: Readonly<Record<ScanOrder, (rows: number, columns: number, visit: Visit) => void>> = {
  sweep(rows, columns, visit) {
    for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) visit(r, c);
  },
  scan(rows, columns, visit) {
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) visit(r, r % 2 === 0 ? c : columns - 1 - c);
  },
  zorder(rows, columns, visit) {
    inSquare(rows, columns, visit, (step) => [everySecondBit(step >>> 1), everySecondBit(step)]);
  },
  zigzag(rows, columns, visit) {
    for (let d = 0; d < rows + columns - 1; d++) {
      // even diagonals go up and right, odd ones down and left
      const [least, most] = [Math.max(0, d - columns + 1), Math.min(d, rows - 1)];
      for (let i = least; i <= most; i++) {
        const row = d % 2 === 0 ? least + most - i : i;
        visit(row, d - row);
      }
    }
  },
  hilbert(rows, columns, visit) {
    inSquare(rows, columns, visit, hilbertAt);
  },
};

/** Visits the pixels of a map in the order of a curve over the smallest square of a power of two around it. */
function inSquare(
  rows: number,
  columns: number,
  visit: Visit,
  at: (step: number, side: number) => readonly [row: number, column: number],
): void {
  let side = 1;
  while (side < Math.max(rows, columns)) side *= 2;
  for (let step = 0; step < side * side; step++) {
    const [row, column] = at(step, side);
    if (row < rows && column < columns) visit(row, column);
  }
}

/** The number that bits 0, 2, 4, … make. */
function everySecondBit(value: number): number {
  let found = 0;
  for (let bit = 0; value >>> (2 * bit) > 0; bit++) found |= ((value >>> (2 * bit)) & 1) << bit;
  return found;
}

/** Position `step` of Hilbert's curve over a square (https://en.wikipedia.org/wiki/Hilbert_curve, d2xy): x is the column, y the row. */
function hilbertAt(step: number, side: number): [row: number, column: number] {
  let [x, y] = [0, 0];
  let t = step;
  for (let s = 1; s < side; s *= 2) {
    const rx = 1 & (t >>> 1);
    const ry = 1 & (t ^ rx);
    if (ry === 0) {
      if (rx === 1) [x, y] = [s - 1 - x, s - 1 - y];
      [x, y] = [y, x];
    }
    x += s * rx;
    y += s * ry;
    t >>>= 2;
  }
  return [y, x];
}

/** Raster indices (row·columns + column) of a rows × columns map in the order in which the curve visits them. */
export function curveOrder(order: ScanOrder, rows: number, columns: number): Int32Array {
  const found = new Int32Array(rows * columns);
  let i = 0;
  curves[order](rows, columns, (row, column) => (found[i++] = row * columns + column));
  return found;
}

/**
 * For each direction the raster indices of the map's pixels in visiting order. The first half: the curve over the map, over its transpose,
 * over the map rotated by 90° counter-clockwise, and over the transpose of that; the second half: the same backwards. Two directions are
 * the first and its reverse, four the first two and their reverses. With `sweep` four are those of `visitingOrder`.
 */
export function directionOrders(
  height: number,
  width: number,
  { scanOrder, directions }: ScanGeometry,
): Int32Array[] {
  const views: readonly { rows: number; columns: number; pixel: (row: number, column: number) => number }[] =
    [
      { rows: height, columns: width, pixel: (r, c) => r * width + c },
      { rows: width, columns: height, pixel: (r, c) => c * width + r },
      { rows: width, columns: height, pixel: (r, c) => c * width + (width - 1 - r) },
      { rows: height, columns: width, pixel: (r, c) => r * width + (width - 1 - c) },
    ];
  const forwards = views
    .slice(0, directions / 2)
    .map(({ rows, columns, pixel }) =>
      curveOrder(scanOrder, rows, columns).map((i) => pixel(Math.floor(i / columns), i % columns)),
    );
  return [...forwards, ...forwards.map((order) => order.slice().reverse())];
}

const MOST_KEPT = 64;
const kept = new Map<string, readonly Int32Array[]>();

/** `directionOrders`, computed once per map size and geometry. */
export function keptOrders(height: number, width: number, geometry: ScanGeometry): readonly Int32Array[] {
  const key = `${height} ${width} ${geometry.scanOrder} ${geometry.directions}`;
  let found = kept.get(key);
  if (!found) {
    found = directionOrders(height, width, geometry);
    if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value!);
    kept.set(key, found);
  }
  return found;
}

/**
 * For each pixel of a map cut into grid × grid the index of its sub-region, row-major. A sub-region's scan visits its pixels in the order in
 * which the direction's curve over the whole map meets them: one traversal then serves all grids, as it does for `sweep`.
 */
export function regionOfPixels(height: number, width: number, grid: number): Int32Array {
  const piece = (length: number): Int32Array => {
    const pieces = new Int32Array(length);
    for (let i = 0; i < grid; i++)
      pieces.fill(i, Math.floor((i * length) / grid), Math.floor(((i + 1) * length) / grid));
    return pieces;
  };
  const [rows, columns] = [piece(height), piece(width)];
  return Int32Array.from(
    { length: height * width },
    (_, pixel) => rows[Math.floor(pixel / width)]! * grid + columns[pixel % width]!,
  );
}

/** The pixels of an order by sub-region, each in the order in which it is met; sub-regions without a pixel are absent. */
export function ordersOfRegions(order: Int32Array, regions: Int32Array): Int32Array[] {
  const found = new Map<number, number[]>();
  for (const pixel of order) {
    const region = regions[pixel]!;
    const own = found.get(region);
    if (own) own.push(pixel);
    else found.set(region, [pixel]);
  }
  return [...found].sort(([a], [b]) => a - b).map(([, pixels]) => Int32Array.from(pixels));
}
