// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.
import type { LevelMap } from '../../inference/levels.js';
import { judgedPart } from '../../inference/mask.js';
import type { MapConfig } from '../types.js';
import { patchMap } from './map.js';

/**
 * A picture's map and score from the distances of its patches and, for the score `patch`, their weights. Without weights the score is the
 * map's maximum; with them it is the largest distance times its weight. A patch is judged where a pixel of its cell is.
 */
export function fuse(
  levels: readonly LevelMap[],
  [height, width]: readonly [height: number, width: number],
  { sigma }: MapConfig,
  mask?: Uint8Array,
): { map: Float32Array; score: number } {
  const [distances, weights] = levels as [LevelMap, LevelMap?];
  const whole = patchMap(distances, height, width, sigma);
  const found = mask
    ? judgedPart(whole, mask)
    : { map: whole, score: whole.reduce((a, b) => Math.max(a, b), -Infinity) };
  if (!weights) return found;
  const judged = mask ? judgedPatches(distances, [height, width], mask) : undefined;
  let largest = -1;
  for (const [p, distance] of distances.data.entries()) {
    if (judged && !judged[p]) continue;
    if (Number.isNaN(distance)) return { map: found.map, score: NaN };
    if (largest < 0 || distance > distances.data[largest]!) largest = p;
  }
  return { map: found.map, score: distances.data[largest]! * weights.data[largest]! };
}

/** Of each patch whether a pixel of its cell is judged. */
function judgedPatches(
  { height, width }: LevelMap,
  [mapH, mapW]: readonly [number, number],
  mask: Uint8Array,
): Uint8Array {
  const judged = new Uint8Array(height * width);
  for (let y = 0; y < mapH; y++) {
    const row = Math.floor((y * height) / mapH) * width;
    for (let x = 0; x < mapW; x++)
      if (mask[y * mapW + x] !== 0) judged[row + Math.floor((x * width) / mapW)] = 1;
  }
  return judged;
}
