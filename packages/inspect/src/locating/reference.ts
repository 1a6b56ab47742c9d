// The reference of a class: what its good pictures show where the part is expected, and how well they agree with it.
import type { RgbImage } from '@pyramid-mamba/data';
import { quantile } from '@pyramid-mamba/metrics';
import type { Locating, LocatingReference } from '@pyramid-mamba/model';
import { find, greyOf, type Found, type Grey } from './find.js';
import { between, STILL, ways } from './pose.js';

/** How far a part is looked for: the largest shift as a share of a side, the largest turn in degrees. */
export const REACH = { shift: 0.15, turn: 20 } as const;
/** Passes of aligning all pictures to the reference and making it of them anew. */
const PASSES = 2;
/** Good pictures that agree less with their own reference, in the middle, have no part in common that could be found. */
const COMMON = 0.3;
/** The limit is no higher than this share of the lowest agreement of a good picture: few pictures do not show the lowest. */
const SLACK = 0.9;

/**
 * The reference of good pictures of one class: the picture that is nearest to the mean of all says where the part is expected; the reference is the mean of
 * all pictures once they are aligned to it, twice over. What differs from picture to picture, and a background that stays while parts move, is faint in it.
 *
 * @param pictures at the size of the model's input
 * @throws Error, one sentence, where the pictures have no part in common
 */
export function referenceOf(
  className: string,
  pictures: readonly RgbImage[],
  aspect: number,
  how: Pick<Locating, 'by' | 'reach'>,
): LocatingReference {
  const greys = pictures.map(greyOf);
  if (greys.length === 0)
    throw new Error(`there are no good pictures of ${className} to make its reference of`);
  let reference: Grey = nearestToMean(greys);
  let placed: PlacedGrey[] = [];
  for (let pass = 0; pass < PASSES; pass++) {
    const now = { ...reference, aspect };
    placed = greys.map((grey) => ({ grey, found: find(grey, now, how) }));
    reference = meanOf(placed, now, aspect);
  }
  const { width, height } = reference;
  const made = { width, height, aspect, grey: Array.from(reference.data) };
  // a picture agrees with a mean that it is part of, also where it has nothing in common with the others
  const agreements = placed.map(({ grey }, i) => {
    const others = placed.length > 1 ? placed.filter((_, j) => j !== i) : placed;
    return find(grey, { ...meanOf(others, reference, aspect), aspect }, how).agreement;
  });
  const middle = quantile(Float32Array.from(agreements), 0.5);
  if (middle < COMMON)
    throw new Error(
      `good pictures of ${className} have too little in common for a part to be found in them (their agreement is ${middle.toFixed(2)}, ` +
        `at least ${COMMON} is wanted); train without locating`,
    );
  return { ...made, least: leastOf(agreements, middle) };
}

/** A picture, and where its part is. */
interface PlacedGrey {
  readonly grey: Grey;
  readonly found: Found;
}

/** As far below the lowest agreement of good pictures as that is below the middle one, and a little below it at least. */
function leastOf(agreements: readonly number[], middle: number): number {
  const lowest = Math.min(...agreements);
  return Math.max(COMMON / 2, Math.min(2 * lowest - middle, SLACK * lowest));
}

function nearestToMean(greys: readonly Grey[]): Grey {
  const first = greys[0]!;
  const mean = Float64Array.from(
    first.data,
    (_, i) => greys.reduce((sum, { data }) => sum + data[i]!, 0) / greys.length,
  );
  const away = ({ data }: Grey) => mean.reduce((sum, value, i) => sum + (value - data[i]!) ** 2, 0);
  return greys.reduce((best, one) => (away(one) < away(best) ? one : best));
}

/** The mean of pictures in their frames, of those that have a cell; where none has, the reference as it was. Rounded, as a file keeps it. */
function meanOf(pictures: readonly PlacedGrey[], before: Grey, aspect: number): Grey {
  const { width, height } = before;
  const sum = new Float64Array(width * height);
  const count = new Float64Array(width * height);
  for (const { grey, found } of pictures) {
    const { toPicture } = ways({ pose: found.pose, aspect, width, height });
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++) {
        const [x, y] = toPicture(column, row);
        if (x < 0 || y < 0 || x > width - 1 || y > height - 1) continue;
        sum[row * width + column]! += between(grey.data, width, height, x, y, 1, 0);
        count[row * width + column]!++;
      }
  }
  const data = Uint8Array.from(sum, (value, i) =>
    Math.round(count[i]! > 0 ? value / count[i]! : before.data[i]!),
  );
  return { width, height, data };
}

/** Whether a pose is farther than the model looks. */
export const isBeyond = (
  { pose: { dx, dy, turn } }: Pick<Found, 'pose'>,
  { reach }: Pick<Locating, 'reach'>,
): boolean => Math.max(Math.abs(dx), Math.abs(dy)) > reach.shift || Math.abs(turn) > reach.turn;

/** Where nothing was found. */
export const NOWHERE: Found = { pose: STILL, agreement: 0, inside: 0 };
