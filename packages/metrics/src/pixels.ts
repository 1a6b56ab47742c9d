import type { Scores } from './metric.js';
import { prefixLength, rank, type Ranking } from './ranking.js';
import { connectedRegions } from './regions.js';

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

/** The ranking of all pixels of a class, with what AU-PRO needs besides. */
export interface PixelRanking extends Ranking {
  /** 8-connected anomalous regions over all images. */
  readonly regionCount: number;
  /** (t) mean over the regions of the fraction of their pixels with score >= thresholds[i]. */
  readonly pro: Float64Array;
}

/**
 * Sorts the pixels of one class once for all pixel metrics. `where` names the caller in errors.
 * Throws when maps and masks do not pair up or a score is not finite.
 */
export function rankPixels(where: string, maps: readonly ScoreMap[], masks: readonly Mask[]): PixelRanking {
  checkPairs(where, maps, masks);
  let total = 0;
  let p = 0;
  for (const { data } of masks) {
    total += data.length;
    p += countNonzero(data);
  }
  const single = maps.every((map) => map.data instanceof Float32Array);
  const positives = single ? new Float32Array(p) : new Float64Array(p);
  const negatives = single ? new Float32Array(total - p) : new Float64Array(total - p);
  const regionOf = new Uint32Array(p);
  const areas: number[] = [];
  let a = 0;
  let b = 0;
  maps.forEach((map, i) => {
    const scores = map.data;
    checkFinite(where, map, i);
    const mask = masks[i]!;
    if (countNonzero(mask.data) === 0) {
      negatives.set(scores, b);
      b += scores.length;
      return;
    }
    const regions = connectedRegions(mask.data, mask.width, mask.height);
    const { labels } = regions;
    for (let k = 0; k < scores.length; k++) {
      const label = labels[k]!;
      if (label === 0) {
        negatives[b++] = scores[k]!;
      } else {
        regionOf[a] = areas.length + label - 1;
        positives[a++] = scores[k]!;
      }
    }
    for (const area of regions.areas) areas.push(area);
  });

  const unsorted = positives.slice();
  const ranking = rank(positives, negatives);
  return {
    ...ranking,
    regionCount: areas.length,
    pro: regionOverlap(ranking.thresholds, unsorted, regionOf, areas),
  };
}

/** Cumulated per-region overlap: each pixel adds 1 / (area of its region * regions) from its own score down. */
function regionOverlap(
  thresholds: Scores,
  scores: Scores,
  regionOf: Uint32Array,
  areas: readonly number[],
): Float64Array {
  const pro = new Float64Array(thresholds.length);
  const weights = Float64Array.from(areas, (area) => 1 / (area * areas.length));
  for (let k = 0; k < scores.length; k++) {
    const score = scores[k]!;
    const slot = prefixLength(thresholds.length, (t) => thresholds[t]! > score);
    pro[slot]! += weights[regionOf[k]!]!;
  }
  let sum = 0;
  for (let t = 0; t < pro.length; t++) {
    sum += pro[t]!;
    pro[t] = Math.min(1, sum);
  }
  return pro;
}

function countNonzero(mask: Uint8Array | Uint8ClampedArray): number {
  let count = 0;
  for (let i = 0; i < mask.length; i++) if (mask[i] !== 0) count++;
  return count;
}

function checkFinite(where: string, { data, width }: ScoreMap, index: number): void {
  for (let k = 0; k < data.length; k++) {
    const score = data[k]!;
    if (score - score !== 0) {
      const x = k % width;
      throw new Error(
        `${where}: scores must be finite, got ${score} in maps[${index}] at x = ${x}, y = ${(k - x) / width}; ` +
          'check the model that produced the map.',
      );
    }
  }
}

function checkPairs(where: string, maps: readonly ScoreMap[], masks: readonly Mask[]): void {
  if (maps.length !== masks.length) {
    throw new Error(
      `${where}: maps and masks must pair up, got ${maps.length} maps and ${masks.length} masks; ` +
        'pass an all-zero mask for a normal image.',
    );
  }
  maps.forEach((map, i) => {
    const mask = masks[i]!;
    if (map.width !== mask.width || map.height !== mask.height) {
      throw new Error(
        `${where}: masks[${i}] must be as large as maps[${i}], ${map.width} x ${map.height}, ` +
          `got ${mask.width} x ${mask.height}; resize the mask first.`,
      );
    }
    const size = map.width * map.height;
    const wrong = map.data.length !== size ? 'maps' : mask.data.length !== size ? 'masks' : undefined;
    if (wrong !== undefined) {
      const length = wrong === 'maps' ? map.data.length : mask.data.length;
      throw new Error(
        `${where}: ${wrong}[${i}] must hold width * height = ${map.width} * ${map.height} values, got ${length}.`,
      );
    }
  });
}
