// Where a part is in a picture, and the way between the picture and the frame: the picture as it would be with the part where it is expected.
import type { RgbImage } from '@pyramid-mamba/data';
import type { LevelMap, Size } from '@pyramid-mamba/model';

/** How a part lies in a picture, compared with where it is expected: turned about the picture's centre, then moved. */
export interface Pose {
  /** To the right and down, as shares of the picture's width and height. */
  readonly dx: number;
  readonly dy: number;
  /** Clockwise, in degrees, in the proportions of the picture as taken. */
  readonly turn: number;
}

export const STILL: Pose = { dx: 0, dy: 0, turn: 0 };

/** A pose of a picture of `width` × `height` pixels, `aspect` the width of a pixel over its height in the picture as taken. */
export interface Placing extends Size {
  readonly pose: Pose;
  readonly aspect: number;
}

/** From a point to a point, in pixels; the centre of the first pixel is (0, 0). */
export type Way = (x: number, y: number) => readonly [x: number, y: number];

/** The ways from frame to picture and back, each the inverse of the other. */
export function ways({ pose: { dx, dy, turn }, aspect, width, height }: Placing): {
  readonly toPicture: Way;
  readonly toFrame: Way;
} {
  const angle = (turn * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  const [left, top] = [dx * width, dy * height];
  const turned = (x: number, y: number, s: number): readonly [number, number] => [
    cos * x - (s * y) / aspect,
    s * x * aspect + cos * y,
  ];
  return {
    toPicture(x, y) {
      const [u, v] = turned(x - cx, y - cy, sin);
      return [u + cx + left, v + cy + top];
    },
    toFrame(x, y) {
      const [u, v] = turned(x - cx - left, y - cy - top, -sin);
      return [u + cx, v + cy];
    },
  };
}

/** Where a way leads from the first pixel, and how much farther from the next one to the right and below. */
export function straightWay(way: Way) {
  const [x0, y0] = way(0, 0);
  const [rightX, rightY] = way(1, 0);
  const [belowX, belowY] = way(0, 1);
  return {
    x0,
    y0,
    right: [rightX - x0, rightY - y0] as const,
    below: [belowX - x0, belowY - y0] as const,
  };
}

/** The same pose, moved by whole pixels where it is not turned: such a picture is not interpolated. */
export function inWholePixels(placing: Placing): Placing {
  const { pose, width, height } = placing;
  if (pose.turn !== 0) return placing;
  const [dx, dy] = [Math.round(pose.dx * width) / width, Math.round(pose.dy * height) / height];
  return { ...placing, pose: { dx, dy, turn: 0 } };
}

/**
 * The picture with its part where it is expected: shifted by whole pixels, or turned, bilinear. Where the picture has no pixel the nearest one of its
 * edge is repeated.
 */
export function framed(image: RgbImage, pose: Pose, aspect: number): RgbImage {
  const { width, height, data } = image;
  const placing = inWholePixels({ pose, aspect, width, height });
  const { toPicture } = ways(placing);
  const out = new Uint8Array(data.length);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const [x, y] = toPicture(column, row);
      const at = 3 * (row * width + column);
      for (let c = 0; c < 3; c++) out[at + c] = Math.round(between(data, width, height, x, y, 3, c));
    }
  return { width, height, data: out };
}

/** Row-major, of the size: 1 where the way leads to a pixel. */
export const reached = (way: Way, size: Size): Uint8Array =>
  moved(new Uint8Array(size.width * size.height).fill(1), way, size);

/** A mask of the other side of the way, brought to this side: each pixel takes the nearest one there, 0 where there is none. */
export function moved(mask: Uint8Array, way: Way, { width, height }: Size): Uint8Array {
  const out = new Uint8Array(width * height);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const [x, y] = way(column, row).map(Math.round) as [number, number];
      if (x >= 0 && y >= 0 && x < width && y < height) out[row * width + column] = mask[y * width + x]!;
    }
  return out;
}

/**
 * A small map of the frame, brought to the picture at the size of the input: what the method's own resizing would show there, 0 where the picture has
 * no part of the frame.
 *
 * @param alignedCorners how the method resizes it, see `Method.alignsCorners`
 */
export function levelInPicture(
  { width, height, data }: LevelMap,
  toFrame: Way,
  input: Size,
  alignedCorners: boolean,
): LevelMap {
  const out = new Float32Array(input.width * input.height);
  const scale = (at: number, cells: number, side: number) =>
    alignedCorners ? (side > 1 ? (at * (cells - 1)) / (side - 1) : 0) : ((at + 0.5) * cells) / side - 0.5;
  for (let row = 0; row < input.height; row++)
    for (let column = 0; column < input.width; column++) {
      const [x, y] = toFrame(column, row);
      if (x < -0.5 || y < -0.5 || x > input.width - 0.5 || y > input.height - 0.5) continue;
      const [u, v] = [scale(x, width, input.width), scale(y, height, input.height)];
      out[row * input.width + column] = between(data, width, height, u, v, 1, 0);
    }
  return { width: input.width, height: input.height, data: out };
}

/** A value between pixels, bilinear; beyond the edge the edge's own. */
export function between(
  data: ArrayLike<number>,
  width: number,
  height: number,
  x: number,
  y: number,
  channels: number,
  channel: number,
): number {
  const [u, v] = [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))];
  const [x0, y0] = [Math.floor(u), Math.floor(v)];
  const [x1, y1] = [Math.min(x0 + 1, width - 1), Math.min(y0 + 1, height - 1)];
  const [fx, fy] = [u - x0, v - y0];
  const at = (column: number, row: number) => data[channels * (row * width + column) + channel]!;
  const top = at(x0, y0) * (1 - fx) + at(x1, y0) * fx;
  const bottom = at(x0, y1) * (1 - fx) + at(x1, y1) * fx;
  return top * (1 - fy) + bottom * fy;
}
