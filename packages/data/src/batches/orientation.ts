// Augmentation for products without a fixed orientation: rotated and mirrored pictures. The eight symmetries of a square: 0 as
// taken, 1 to 3 quarter turns clockwise, 4 mirrored left to right, 5 to 7 mirrored, then rotated.
import { seededRandom } from '../random.js';
import { sha256Hex } from '../sha256.js';
import type { GrayImage, LoadedSample, RgbImage, Sample } from '../types.js';

const WAYS = 8;

/**
 * A square picture transformed by symmetry `way` (0 to 7); 0 returns the pixels unchanged.
 * @throws RangeError for a picture that is not square or another `way`
 */
export function laid<T extends RgbImage | GrayImage>(image: T, way: number): T {
  const { width: side, height, data } = image;
  if (side !== height) throw new RangeError(`laid: expected a square picture, got ${side}x${height}`);
  if (!Number.isInteger(way) || way < 0 || way >= WAYS) {
    throw new RangeError(`laid: expected one of the ways 0 to ${WAYS - 1}, got ${way}`);
  }
  const channels = data.length / (side * side);
  const out = new Uint8Array(data.length);
  const last = side - 1;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      // the source of the pixel at (x, y): first undo the rotation, then the mirror
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

/** `sample` with its picture and mask transformed by `way`; its id and hash are distinct. */
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

/** Training pictures with augmented copies of some of them. */
export interface PictureWays {
  /** The original pictures in order, then the rotated and mirrored ones. */
  readonly samples: readonly Sample[];
  /** For each original picture: the indices in `samples` of all its copies, itself first. */
  readonly ways: readonly (readonly number[])[];
}

/** All eight copies of each picture whose class is in `classes`, and only the original of the others. */
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
 * Maps an order of pictures to one of `PictureWays.samples`: each picture of an epoch is one of its copies, drawn by seed,
 * epoch and picture only, so that a resumed run draws the same.
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
