import type { Interpolation, VitConfig } from './config.js';

/** Keys' cubic convolution kernel of parameter a. */
function cubic(x: number, a: number): number {
  const t = Math.abs(x);
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  if (t < 2) return a * (((t - 5) * t + 8) * t - 4);
  return 0;
}

/** The weights of `from` positions along an axis for each of `to`, (to, from) row-major. */
export function axisWeights(from: number, to: number, interpolation: Interpolation): Float64Array {
  const weights = new Float64Array(to * from);
  for (let i = 0; i < to; i++) {
    const row = weights.subarray(i * from, (i + 1) * from);
    if (interpolation === 'antialias') {
      const scale = from / to;
      const stretch = Math.max(1, scale);
      const centre = (i + 0.5) * scale;
      // taps outside are dropped, and the others weigh 1 together
      const first = Math.max(0, Math.floor(centre - 2 * stretch + 0.5));
      const last = Math.min(from, Math.floor(centre + 2 * stretch + 0.5));
      for (let j = first; j < last; j++) row[j] = cubic((j + 0.5 - centre) / stretch, -0.5);
      const sum = row.reduce((total, x) => total + x, 0);
      for (let j = first; j < last; j++) row[j]! /= sum;
    } else {
      const scale = interpolation === 'offset' ? from / (to + 0.1) : from / to;
      const source = (i + 0.5) * scale - 0.5;
      const base = Math.floor(source);
      for (let j = base - 1; j <= base + 2; j++)
        // taps outside are those at the border
        row[Math.min(from - 1, Math.max(0, j))]! += cubic(source - j, -0.75);
    }
  }
  return weights;
}

/**
 * The embedding of a grid × grid map of positions resized to height × width.
 *
 * @param positions (grid·grid, width) row-major, without the class token's
 * @returns (height·rows, width); the given one where the grid is already of that size
 */
export function resizePositions(
  positions: Float32Array,
  grid: number,
  [height, width]: readonly [height: number, width: number],
  interpolation: Interpolation,
): Float32Array {
  if (height === grid && width === grid) return positions;
  const channels = positions.length / (grid * grid);
  const columns = weighted(positions, axisWeights(grid, width, interpolation), grid, grid, width, channels);
  // the same along the other axis: its lines are the columns, each as long as a row of values
  const rows = weighted(columns, axisWeights(grid, height, interpolation), 1, grid, height, width * channels);
  return Float32Array.from(rows);
}

/**
 * The whole embedding for a map of rows × columns patches.
 *
 * @param whole (1 + grid·grid, width), the class token's first
 * @returns (1 + rows·columns, width)
 */
export function positionsFor(
  whole: Float32Array,
  size: readonly [rows: number, columns: number],
  { grid, interpolation, width }: Pick<VitConfig, 'grid' | 'interpolation' | 'width'>,
): Float32Array {
  const resized = resizePositions(whole.subarray(width), grid, size, interpolation);
  const data = new Float32Array(width + resized.length);
  data.set(whole.subarray(0, width));
  data.set(resized, width);
  return data;
}

/** Along the second axis of (lines, from, channels): (lines, to, channels). */
function weighted(
  data: ArrayLike<number>,
  weights: Float64Array,
  lines: number,
  from: number,
  to: number,
  channels: number,
): Float64Array {
  const out = new Float64Array(lines * to * channels);
  for (let line = 0; line < lines; line++)
    for (let i = 0; i < to; i++) {
      const at = (line * to + i) * channels;
      for (let j = 0; j < from; j++) {
        const weight = weights[i * from + j]!;
        if (weight === 0) continue;
        const row = (line * from + j) * channels;
        for (let c = 0; c < channels; c++) out[at + c]! += weight * data[row + c]!;
      }
    }
  return out;
}
