// Augmentation for products without a fixed orientation: rotated and mirrored pictures. The eight symmetries of a square, which swap
// the sides of another rectangle at quarter turns: 0 as taken, 1 to 3 quarter turns clockwise, 4 mirrored left to right, 5 to 7 mirrored, then rotated.
import { seededRandom } from '../random.js';
import { sha256Hex } from '../sha256.js';
import { modelInput } from '../pixels/fit.js';
import type { GrayImage, LoadedSample, ModelInput, RgbImage, Sample } from '../types.js';

const WAYS = 8;

const swapsSides = (way: number): boolean => way % 2 === 1;

/**
 * A picture transformed by symmetry `way` (0 to 7); 0 returns the pixels unchanged.
 * @throws RangeError for another `way`
 */
export function laid<T extends RgbImage | GrayImage>(image: T, way: number): T {
  const { data } = image;
  if (!Number.isInteger(way) || way < 0 || way >= WAYS) {
    throw new RangeError(`laid: expected one of the ways 0 to ${WAYS - 1}, got ${way}`);
  }
  const [width, height] = swapsSides(way) ? [image.height, image.width] : [image.width, image.height];
  const channels = data.length / (width * height);
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      // the source of the pixel at (x, y): first undo the rotation, a quarter turn at a time, then the mirror
      let [fromX, fromY] = [x, y];
      let [lastX, lastY] = [width - 1, height - 1];
      for (let turn = way % 4; turn > 0; turn--) {
        [fromX, fromY] = [fromY, lastX - fromX];
        [lastX, lastY] = [lastY, lastX];
      }
      if (way >= 4) fromX = lastX - fromX;
      const from = (fromY * image.width + fromX) * channels;
      const to = (y * width + x) * channels;
      for (let c = 0; c < channels; c++) out[to + c] = data[from + c]!;
    }
  }
  return { ...image, width, height, data: out };
}

/** What a picture must be loaded for, so that it fits the input once it is turned. */
function beforeTurn(input: ModelInput, way: number): ModelInput {
  const { width, height, fit } = input;
  return swapsSides(way) ? { width: height, height: width, fit } : input;
}

/** `sample` with its picture and mask transformed by `way`; its id and hash are distinct. */
function laidSample(sample: Sample, way: number): Sample {
  const ownHash = (hash: string) => sha256Hex(`${hash} way ${way}`);
  return {
    ...sample,
    id: `${sample.id} (way ${way})`,
    async load(input): Promise<LoadedSample> {
      const { image, mask, hash } = await sample.load(beforeTurn(modelInput(input), way));
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
