// On the host, without TensorFlow.js, so that a page that only shows maps does not load it.
import type { MapConfig, Method } from '../methods/types.js';
import { placed, type Rect, type Size } from './input.js';
import type { LevelMap } from './levels.js';

/** The anomaly map of a picture's own pixels, row-major, without any border. */
export interface PictureMap extends Size {
  readonly map: Float32Array;
  readonly score: number;
}

/**
 * A picture's map and score from its levels. The border of an input that keeps the aspect never counts: cells of a level that lie
 * wholly in it take the value of the nearest one that does not, before anything is interpolated or smoothed, and the map is cut to the picture.
 *
 * @param input the size of the network's input
 * @param picture the picture's size within it
 * @param mask of the picture's size, row-major: pixels of 0 are not judged. Throws a RangeError where all are 0.
 */
export function pictureMap(
  { fuse }: Pick<Method, 'fuse'>,
  levels: readonly LevelMap[],
  input: Size,
  picture: Size,
  map: MapConfig,
  mask?: Uint8Array,
): PictureMap {
  const { height, width } = input;
  const own = placed(input, picture);
  if (own.height === height && own.width === width)
    return { ...fuse(levels, [height, width], map, mask), height, width };
  const extended = levels.map((level) => withoutBorder(level, input, own));
  const judged = new Uint8Array(height * width);
  for (let y = 0; y < own.height; y++) {
    const row = (own.top + y) * width + own.left;
    if (mask) judged.set(mask.subarray(y * own.width, (y + 1) * own.width), row);
    else judged.fill(1, row, row + own.width);
  }
  const found = fuse(extended, [height, width], map, judged);
  return { map: cut(found.map, width, own), score: found.score, height: own.height, width: own.width };
}

/** The level with each cell that lies wholly outside the picture replaced by the nearest one that does not. */
function withoutBorder({ height, width, data }: LevelMap, input: Size, own: Rect): LevelMap {
  const rows = cells(height, input.height, own.top, own.height);
  const columns = cells(width, input.width, own.left, own.width);
  const out = new Float32Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) out[y * width + x] = data[rows[y]! * width + columns[x]!]!;
  return { height, width, data: out };
}

/** The first and the last of `count` cells along an input's side that have pixels of [start, start + length). */
function span(count: number, side: number, start: number, length: number): [first: number, last: number] {
  return [Math.floor((start * count) / side), Math.ceil(((start + length) * count) / side) - 1];
}

/** The cells of a grid over the input that have pixels of the picture, row-major indices, ascending. */
export function ownCells(
  [height, width]: readonly [height: number, width: number],
  input: Size,
  picture: Size,
): number[] {
  const own = placed(input, picture);
  const [top, bottom] = span(height, input.height, own.top, own.height);
  const [left, right] = span(width, input.width, own.left, own.width);
  const all = Array.from({ length: height * width }, (_, i) => i);
  return all.filter((i) => {
    const [x, y] = [i % width, Math.floor(i / width)];
    return x >= left && x <= right && y >= top && y <= bottom;
  });
}

/** For each of `count` cells along an input's side the nearest one that has pixels of [start, start + length). */
export function cells(count: number, side: number, start: number, length: number): number[] {
  const [first, last] = span(count, side, start, length);
  return Array.from({ length: count }, (_, i) => Math.min(last, Math.max(first, i)));
}

function cut(map: Float32Array, width: number, own: Rect): Float32Array {
  const out = new Float32Array(own.height * own.width);
  for (let y = 0; y < own.height; y++) {
    const from = (own.top + y) * width + own.left;
    out.set(map.subarray(from, from + own.width), y * own.width);
  }
  return out;
}
