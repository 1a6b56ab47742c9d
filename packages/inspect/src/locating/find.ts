// Finds how a part lies in a picture: the pose at which the picture's edges agree best with the reference's. Edges are the gradients of the brightness of a
// small copy, so a lamp that is brighter or darker changes nothing; all of it on the host, the same on every backend.
import { resizeRgb, type RgbImage } from '@pyramid-mamba/data';
import type { Locating, LocatingReference } from '@pyramid-mamba/model';
import { straightWay, STILL, ways, type Pose } from './pose.js';

/** Longer side of a reference, in cells. */
const CELLS = 64;
/** Cells of a reference in one of the first, coarse search. */
const COARSE = 2;
/** Degrees between the turns of the coarse search. */
const COARSE_TURN = 4;
/** The fine search ends at this share of a cell; the turn's step is as much finer than `COARSE_TURN`. */
const FINEST = 1 / 16;
/** Of turned poses one counts only where it agrees so much better than the best unturned one: a round part has no turn that could be found. */
const TURN_GAIN = 0.02;

/** Brightness of cells, row-major. */
export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly data: ArrayLike<number>;
}

/** What was found in a picture. */
export interface Found {
  readonly pose: Pose;
  /** −1 to 1: the normalised correlation of the picture's edges with the reference's, of which parts outside the picture count as missing. */
  readonly agreement: number;
  /** The share of the reference's edges, by their strength, that is inside the picture. */
  readonly inside: number;
}

/** The brightness of a picture in cells as a reference has them, 0 to 255. */
export function greyOf(image: RgbImage): Grey {
  const scale = CELLS / Math.max(image.width, image.height);
  const width = Math.max(8, Math.round(scale * image.width));
  const height = Math.max(8, Math.round(scale * image.height));
  const { data } = resizeRgb(image, width, height);
  const grey = Uint8Array.from({ length: width * height }, (_, i) =>
    Math.round(0.299 * data[3 * i]! + 0.587 * data[3 * i + 1]! + 0.114 * data[3 * i + 2]!),
  );
  return { width, height, data: grey };
}

/** Finds the part of a reference in a picture. Throws a RangeError where the picture has other cells than the reference. */
export function find(
  picture: Grey,
  reference: Grey & Pick<LocatingReference, 'aspect'>,
  { by, reach }: Pick<Locating, 'by' | 'reach'>,
): Found {
  const { width, height } = reference;
  if (picture.width !== width || picture.height !== height)
    throw new RangeError(
      `the reference was made of pictures of ${width}×${height} cells, got one of ${picture.width}×${picture.height}; fit it to the model's input first`,
    );
  const { aspect } = reference;
  const fine = searched(picture, reference, aspect);
  const coarse = searched(halved(picture), halved(reference), aspect);
  // a part beyond the reach must be seen there, not taken for one at its edge
  const steps = (side: number) => Math.ceil((reach.shift * side) / COARSE) + 1;
  const straight = refined(fine, coarse.best(0, steps(width), steps(height)), 0);
  if (by === 'shift') return straight;
  const turns = Math.ceil(reach.turn / COARSE_TURN) + 1;
  const candidates = Array.from({ length: 2 * turns + 1 }, (_, i) =>
    coarse.best((i - turns) * COARSE_TURN, steps(width), steps(height)),
  );
  const best = candidates.reduce((most, one) => (one.agreement > most.agreement ? one : most));
  const turned = refined(fine, best, COARSE_TURN / 2);
  return turned.agreement >= straight.agreement + TURN_GAIN ? turned : straight;
}

/** Better and better neighbours of a pose, in ever smaller steps. */
function refined({ at, width, height }: Searched, { pose }: Found, turnStep: number): Found {
  let best = at(pose);
  let [step, turn] = [1, turnStep];
  while (step >= FINEST) {
    const from = best;
    for (const i of [-1, 0, 1])
      for (const j of [-1, 0, 1])
        for (const k of turn > 0 ? [-1, 0, 1] : [0]) {
          if (i === 0 && j === 0 && k === 0) continue;
          const found = at({
            dx: from.pose.dx + (i * step) / width,
            dy: from.pose.dy + (j * step) / height,
            turn: from.pose.turn + k * turn,
          });
          if (found.agreement > best.agreement) best = found;
        }
    // while it gets better at this step, it goes on with it
    if (best === from) [step, turn] = [step / 2, turn / 2];
  }
  return best;
}

interface Searched {
  readonly width: number;
  readonly height: number;
  /** The agreement at a pose. */
  readonly at: (pose: Pose) => Found;
  /** The best of the poses of a turn that are moved by whole cells. */
  readonly best: (turn: number, mostX: number, mostY: number) => Found;
}

function searched(picture: Grey, reference: Grey, aspect: number): Searched {
  const { width, height } = reference;
  const expected = edges(reference, { pose: STILL, aspect, padX: 0, padY: 0 });
  let strength = 0;
  for (let i = 0; i < expected.x.length; i++) strength += expected.x[i]! ** 2 + expected.y[i]! ** 2;
  /** Of a field that is larger than the reference by `padX` and `padY` cells on each side, moved by (i, j) cells. */
  const agreement = (field: Edges, padX: number, padY: number, i: number, j: number) => {
    const across = width + 2 * padX;
    let product = 0;
    let own = 0;
    let inside = 0;
    for (let row = 0; row < height; row++) {
      let from = (row + padY + j) * across + padX + i;
      let to = row * width;
      for (let column = 0; column < width; column++, from++, to++) {
        if (field.known[from] === 0) continue;
        const x = field.x[from]!;
        const y = field.y[from]!;
        const u = expected.x[to]!;
        const v = expected.y[to]!;
        product += x * u + y * v;
        own += x * x + y * y;
        inside += u * u + v * v;
      }
    }
    const all = Math.sqrt(own * strength);
    return { agreement: all > 0 ? product / all : 0, inside: strength > 0 ? inside / strength : 0 };
  };
  return {
    width,
    height,
    at: (pose) => ({
      pose,
      ...agreement(edges(picture, { pose, aspect, padX: 0, padY: 0 }), 0, 0, 0, 0),
    }),
    best(turn, mostX, mostY) {
      const field = edges(picture, { pose: { dx: 0, dy: 0, turn }, aspect, padX: mostX, padY: mostY });
      let best: Found = { pose: { dx: 0, dy: 0, turn }, ...agreement(field, mostX, mostY, 0, 0) };
      for (let j = -mostY; j <= mostY; j++)
        for (let i = -mostX; i <= mostX; i++) {
          const found = agreement(field, mostX, mostY, i, j);
          if (found.agreement <= best.agreement) continue;
          best = { pose: poseOf(turn, i, j, width, height, aspect), ...found };
        }
      return best;
    },
  };
}

/** The pose of which the frame is that of `turn` alone, moved by (i, j) cells of the frame. */
function poseOf(turn: number, i: number, j: number, width: number, height: number, aspect: number): Pose {
  const { toPicture } = ways({ pose: { dx: 0, dy: 0, turn }, aspect, width, height });
  const [x0, y0] = toPicture(0, 0);
  const [x, y] = toPicture(i, j);
  return { dx: (x - x0) / width, dy: (y - y0) / height, turn };
}

/** Gradients of a picture in the frame of a pose, and where they are known: at all four neighbours the picture has a cell. */
interface Edges {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly known: Uint8Array;
}

function edges(
  { width, height, data }: Grey,
  {
    pose,
    aspect,
    padX,
    padY,
  }: {
    readonly pose: Pose;
    readonly aspect: number;
    readonly padX: number;
    readonly padY: number;
  },
): Edges {
  const { x0, y0, right, below } = straightWay(ways({ pose, aspect, width, height }).toPicture);
  const across = width + 2 * padX;
  const down = height + 2 * padY;
  const value = new Float64Array(across * down);
  const there = new Uint8Array(across * down);
  // plain loops: this is done a hundred times for a picture
  for (let row = 0; row < down; row++)
    for (let column = 0; column < across; column++) {
      const px = x0 + right[0] * (column - padX) + below[0] * (row - padY);
      const py = y0 + right[1] * (column - padX) + below[1] * (row - padY);
      if (px < 0 || py < 0 || px > width - 1 || py > height - 1) continue;
      const i = row * across + column;
      there[i] = 1;
      const left = Math.min(width - 2, Math.floor(px));
      const top = Math.min(height - 2, Math.floor(py));
      const fx = px - left;
      const fy = py - top;
      const at = top * width + left;
      value[i] =
        (data[at]! * (1 - fx) + data[at + 1]! * fx) * (1 - fy) +
        (data[at + width]! * (1 - fx) + data[at + width + 1]! * fx) * fy;
    }
  const x = new Float64Array(across * down);
  const y = new Float64Array(across * down);
  const known = new Uint8Array(across * down);
  for (let row = 1; row < down - 1; row++)
    for (let column = 1; column < across - 1; column++) {
      const i = row * across + column;
      if (!(there[i - 1]! & there[i + 1]! & there[i - across]! & there[i + across]!)) continue;
      known[i] = 1;
      x[i] = value[i + 1]! - value[i - 1]!;
      y[i] = value[i + across]! - value[i - across]!;
    }
  return { x, y, known };
}

/** Means of `COARSE` × `COARSE` cells; cells left over at the right and below are dropped. */
function halved({ width, height, data }: Grey): Grey {
  const [w, h] = [Math.floor(width / COARSE), Math.floor(height / COARSE)];
  const out = new Float64Array(w * h);
  for (let row = 0; row < h * COARSE; row++)
    for (let column = 0; column < w * COARSE; column++)
      out[Math.floor(row / COARSE) * w + Math.floor(column / COARSE)]! +=
        data[row * width + column]! / COARSE ** 2;
  return { width: w, height: h, data: out };
}
