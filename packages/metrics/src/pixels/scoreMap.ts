import type { Scores } from '../metric.js';

/** Anomaly scores of one image, (height, width) row-major, finite, higher is more anomalous. */
export interface ScoreMap {
  readonly data: Scores;
  readonly width: number;
  readonly height: number;
}

/** Ground truth of one image, (height, width) row-major, nonzero = anomalous; all zero for a normal image. */
export interface Mask {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** Throws unless the `index`-th map and mask have the same size and matching lengths. Without a mask: unless the map's length fits. */
export function checkPair(where: string, map: ScoreMap, mask: Mask | undefined, index: number): void {
  if (mask !== undefined && (map.width !== mask.width || map.height !== mask.height)) {
    throw new Error(
      `${where}: masks[${index}] must be as large as maps[${index}], ${map.width} x ${map.height}, ` +
        `got ${mask.width} x ${mask.height}; resize the mask first.`,
    );
  }
  const size = map.width * map.height;
  for (const [name, length] of [
    ['maps', map.data.length],
    ['masks', mask?.data.length ?? size],
  ] as const) {
    if (length !== size) {
      throw new Error(
        `${where}: ${name}[${index}] must hold width * height = ${map.width} * ${map.height} values, got ${length}.`,
      );
    }
  }
}

/** Throws unless there is a mask for each map. */
export function checkPairs(where: string, maps: readonly unknown[], masks: readonly unknown[]): void {
  if (maps.length !== masks.length) {
    throw new Error(
      `${where}: maps and masks must pair up, got ${maps.length} maps and ${masks.length} masks; ` +
        'pass an all-zero mask for a normal image.',
    );
  }
}

/** Minimum, maximum and sum of the scores of the `index`-th map. Throws on a score that is not finite, with its position. */
export function survey(
  where: string,
  { data, width }: ScoreMap,
  index: number,
): { readonly min: number; readonly max: number; readonly sum: number } {
  let min = Infinity;
  let max = -Infinity;
  let sum = 0;
  for (let k = 0; k < data.length; k++) {
    const score = data[k]!;
    if (score - score !== 0) {
      const x = k % width;
      throw new Error(
        `${where}: scores must be finite, got ${score} in maps[${index}] at x = ${x}, y = ${(k - x) / width}; ` +
          'check the model that produced the map.',
      );
    }
    if (score < min) min = score;
    if (score > max) max = score;
    sum += score;
  }
  return { min, max, sum };
}

/** Anomalous pixels of a mask. */
export function countNonzero(mask: Uint8Array | Uint8ClampedArray): number {
  let count = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) count++;
  return count;
}
