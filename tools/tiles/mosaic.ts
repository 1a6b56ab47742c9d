import {
  crop,
  drawDefect,
  seededRandom,
  withPart,
  type DefectKind,
  type Part,
  type RgbImage,
} from '@pyramid-mamba/data';

/** Drawn in turn: kinds that have a place and an extent on any surface. */
const KINDS: readonly DefectKind[] = ['scratch', 'spot', 'crack', 'hole'];
/** Side of the part that is drawn on, in pixels: `size` shares of it are pixels of the large picture. */
const PART = 256;

/** A large picture: small ones of a product in rows and columns, drawn by seed. All of them have the size of the first. */
export function mosaicOf(
  pictures: readonly RgbImage[],
  rows: number,
  columns: number,
  seed: string,
): RgbImage {
  const random = seededRandom('mosaic', seed);
  const { width, height } = pictures[0]!;
  const large = {
    width: columns * width,
    height: rows * height,
    data: new Uint8Array(3 * columns * width * rows * height),
  };
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const { data } = pictures[Math.floor(random() * pictures.length)]!;
      for (let y = 0; y < height; y++)
        large.data.set(
          data.subarray(3 * y * width, 3 * (y + 1) * width),
          3 * ((row * height + y) * large.width + column * width),
        );
    }
  return large;
}

/** A large picture with one drawn defect. */
export interface DefectivePicture {
  readonly image: RgbImage;
  /** Of `part`: 1 on the defect. */
  readonly mask: { readonly width: number; readonly height: number; readonly data: ArrayLike<number> };
  readonly part: Part;
}

/**
 * Draws a defect of `pixels` pixels on one of the small pictures of a mosaic.
 * @param contrast a multiple of the product's own variation
 * @throws Error where none of twenty places takes it
 */
export function withDefect(
  image: RgbImage,
  pixels: number,
  contrast: number,
  seed: string,
): DefectivePicture {
  const random = seededRandom('defect', seed);
  for (let n = 0; n < 20; n++) {
    const part = {
      left: PART * Math.floor((random() * image.width) / PART),
      top: PART * Math.floor((random() * image.height) / PART),
      width: PART,
      height: PART,
    };
    const kind = KINDS[Math.floor(random() * KINDS.length)]!;
    const drawn = drawDefect(crop(image, part), {
      kind,
      size: pixels / PART,
      contrast,
      seed: `${seed}/${n}`,
    });
    if (drawn) return { image: withPart(image, drawn.image, part), mask: drawn.mask, part };
  }
  throw new Error(`no defect of ${pixels} pixels could be drawn on the picture ${seed}`);
}
