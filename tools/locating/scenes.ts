import { resizeMask, resizeRgb, seededRandom, type GrayImage, type RgbImage } from '@pyramid-mamba/data';

/** A picture and the mask of its defect. */
export interface Scene {
  readonly image: RgbImage;
  readonly mask: GrayImage;
}

/** How far pictures are moved: the largest shift as a share of a side, the largest turn in degrees. */
export interface Moves {
  readonly shift: number;
  readonly turn: number;
}

/** The picture seen by a camera farther away: resized to `share` of its sides, in the centre, its edge repeated around it. */
export function fartherAway({ image, mask }: Scene, share: number): Scene {
  const { width, height } = image;
  const [w, h] = [Math.round(share * width), Math.round(share * height)];
  const small = { image: resizeRgb(image, w, h), mask: resizeMask(mask, w, h) };
  const [left, top] = [Math.floor((width - w) / 2), Math.floor((height - h) / 2)];
  return drawn(width, height, small, (x, y) => [x - left, y - top]);
}

/** The picture shifted by whole pixels and turned about its centre, by seed; its edge is repeated, and no defect is there. */
export function movedBy({ image, mask }: Scene, { shift, turn }: Moves, seed: string): Scene {
  const { width, height } = image;
  const random = seededRandom('moved', seed);
  const some = () => 2 * random() - 1;
  const [dx, dy] = [Math.round(some() * shift * width), Math.round(some() * shift * height)];
  const angle = (some() * turn * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  return drawn(width, height, { image, mask }, (x, y) => {
    const [u, v] = [x - dx - cx, y - dy - cy];
    return [cos * u + sin * v + cx, cos * v - sin * u + cy];
  });
}

/** Pixels of a picture at `from` of each new one: the picture bilinear, the mask the nearest. */
function drawn(
  width: number,
  height: number,
  { image, mask }: Scene,
  from: (x: number, y: number) => readonly [number, number],
): Scene {
  const data = new Uint8Array(3 * width * height);
  const marked = new Uint8Array(width * height);
  for (let row = 0; row < height; row++)
    for (let column = 0; column < width; column++) {
      const [x, y] = from(column, row);
      const at = row * width + column;
      for (let c = 0; c < 3; c++) data[3 * at + c] = Math.round(between(image, x, y, c));
      const [u, v] = [Math.round(x), Math.round(y)];
      if (u >= 0 && v >= 0 && u < mask.width && v < mask.height) marked[at] = mask.data[v * mask.width + u]!;
    }
  return { image: { width, height, data }, mask: { width, height, data: marked } };
}

function between({ width, height, data }: RgbImage, x: number, y: number, c: number): number {
  const [u, v] = [Math.min(width - 1, Math.max(0, x)), Math.min(height - 1, Math.max(0, y))];
  const [x0, y0] = [Math.min(width - 2, Math.floor(u)), Math.min(height - 2, Math.floor(v))];
  const at = (column: number, row: number) => data[3 * (row * width + column) + c]!;
  const top = at(x0, y0) * (1 + x0 - u) + at(x0 + 1, y0) * (u - x0);
  const bottom = at(x0, y0 + 1) * (1 + x0 - u) + at(x0 + 1, y0 + 1) * (u - x0);
  return top * (1 + y0 - v) + bottom * (v - y0);
}
