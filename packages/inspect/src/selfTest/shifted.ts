import { seededRandom, type RgbImage } from '@pyramid-mamba/data';
import { groupedBy } from '@pyramid-mamba/metrics';
import { alignedImage } from '../locating/index.js';
import type { SelfTestPicture } from './crossScore.js';

/** The largest shift, as a share of a side. */
const MOST_SHIFT = 0.03;
/** Good pictures of a class, with copies, where no number is given. */
const WANTED = 20;

/**
 * The pictures, and shifted copies of them for each class that has fewer than `wanted`: a model that learns by steps has only seen
 * few held-back pictures not at all. A copy is not independent of its picture, and its record says so.
 */
export function withShiftedCopies(
  pictures: readonly SelfTestPicture[],
  seed: number | string,
  wanted = WANTED,
): SelfTestPicture[] {
  const all = [...pictures];
  for (const [name, own] of groupedBy(pictures, ({ className }) => className)) {
    for (let n = own.length; n < wanted; n++) {
      const picture = own[n % own.length]!;
      const random = seededRandom('shift', seed, name, n);
      const [dx, dy] = [(2 * random() - 1) * MOST_SHIFT, (2 * random() - 1) * MOST_SHIFT];
      all.push({
        ...picture,
        id: `${picture.id} (shifted ${n})`,
        copy: true,
        load: async (input) => {
          const image = await picture.load(input);
          const copy = shifted(image, Math.round(dx * image.width), Math.round(dy * image.height));
          // a copy of a picture whose part was not found shows no more of it
          return alignedImage({ image: copy, located: image.located });
        },
      });
    }
  }
  return all;
}

/** A picture moved by whole pixels; its edge is repeated where nothing was. */
export function shifted({ width, height, data }: RgbImage, dx: number, dy: number): RgbImage {
  const out = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const from =
        Math.min(height - 1, Math.max(0, y - dy)) * width + Math.min(width - 1, Math.max(0, x - dx));
      for (let c = 0; c < 3; c++) out[3 * (y * width + x) + c] = data[3 * from + c]!;
    }
  return { width, height, data: out };
}
