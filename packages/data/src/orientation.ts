// A product in any orientation looks the same to an inspector when its picture is rotated or mirrored. The eight ways
// to lay a square on itself: 0 as taken, 1 to 3 quarter turns clockwise, 4 mirrored left to right, 5 to 7 mirrored, then turned.
import { seededRandom } from './random.js';
import { sha256Hex } from './sha256.js';
import type { GrayImage, LoadedSample, RgbImage, Sample } from './types.js';

const WAYS = 8;

/**
 * A square picture laid `way` (0 to 7) round; 0 gives the pixels as they are.
 * @throws RangeError for a picture that is not square or another `way`
 */
export function laid<T extends RgbImage | GrayImage>(image: T, way: number): T {
  const { width: side, height, data } = image;
  if (side !== height) throw new RangeError(`laid: wanted a square picture, got ${side}x${height}`);
  if (!Number.isInteger(way) || way < 0 || way >= WAYS) {
    throw new RangeError(`laid: wanted one of the ways 0 to ${WAYS - 1}, got ${way}`);
  }
  const channels = data.length / (side * side);
  const out = new Uint8Array(data.length);
  const last = side - 1;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      // from where in the picture the pixel at (x, y) comes: turns undone first, then the mirror
      let [fromX, fromY] = [x, y];
      for (let turn = way % 4; turn > 0; turn--) [fromX, fromY] = [fromY, last - fromX];
      if (way >= 4) fromX = last - fromX;
      const from = (fromY * side + fromX) * channels;
      const to = (y * side + x) * channels;
      for (let c = 0; c < channels; c++) out[to + c] = data[from + c]!;
    }
  }
  return { ...image, data: out };
}

/** `sample` with its picture and mask laid `way` round; its id and hash tell it from the others. */
function laidSample(sample: Sample, way: number): Sample {
  const ownHash = (hash: string) => sha256Hex(`${hash} way ${way}`);
  return {
    ...sample,
    id: `${sample.id} (way ${way})`,
    async load(size): Promise<LoadedSample> {
      const { image, mask, hash } = await sample.load(size);
      const turned = { image: laid(image, way), mask: laid(mask, way) };
      return hash === undefined ? turned : { ...turned, hash: await ownHash(hash) };
    },
    hash: async () => ownHash(await sample.hash()),
  };
}

/** Training pictures of which some may be looked at in several ways. */
export interface PictureWays {
  /** The pictures as they are, in order, then the turned and mirrored ones. */
  readonly samples: readonly Sample[];
  /** For each picture as it is: the indices in `samples` of all its ways, itself first. */
  readonly ways: readonly (readonly number[])[];
}

/** The eight ways of each picture whose class is in `classes`, and the one of the others. */
export function pictureWays(train: readonly Sample[], classes: readonly string[]): PictureWays {
  const samples = [...train];
  const ways = train.map((sample, index) => {
    const own = [index];
    if (!classes.includes(sample.className)) return own;
    for (let way = 1; way < WAYS; way++) own.push(samples.push(laidSample(sample, way)) - 1);
    return own;
  });
  return { samples, ways };
}

/**
 * An order of pictures turned into one of `PictureWays.samples`: each picture of an epoch in one of its ways, drawn by seed,
 * epoch and picture alone, so that a resumed run draws the same.
 */
export function orderOfWays(
  order: (epoch: number) => number[][],
  { ways }: Pick<PictureWays, 'ways'>,
  seed: number | string,
): (epoch: number) => number[][] {
  if (ways.every(({ length }) => length === 1)) return order;
  const drawn = (epoch: number) => (picture: number) => {
    const own = ways[picture]!;
    return own[Math.floor(seededRandom('way', seed, epoch, picture)() * own.length)]!;
  };
  return (epoch) => order(epoch).map((batch) => batch.map(drawn(epoch)));
}
