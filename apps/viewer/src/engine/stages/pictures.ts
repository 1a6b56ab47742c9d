// The pictures of a training as networks see them, in the browser's storage: a resumed or repeated training decodes none of them again.
import {
  fitRgb,
  modelInput,
  RESIZE_VERSION,
  sha256Hex,
  type ModelInput,
  type RgbImage,
  type Sample,
} from '@pyramid-mamba/data';
import type { Folder } from '@pyramid-mamba/runs';
import { z } from 'zod';
import { bitmapPixels, openBitmap } from '../pictures/decode.js';
import { HEAD_BYTES, requirePicture } from '../pictures/header.js';
import { folderAtHome } from '../training/home.js';
import { PICTURES } from '../training/saved.js';

/** A picture of a training. */
export const storedPictureSchema = z.strictObject({
  /** Unique in the training. */
  id: z.string(),
  className: z.string(),
  /** SHA-256 of the file. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** SHA-256 of the pixels, see `Sample.pixelHash`. */
  pixels: z.string(),
});
export type StoredPicture = z.infer<typeof storedPictureSchema>;

/** What is stored of a file beside its pixels. */
const noteSchema = z.strictObject({ pixels: z.string() });

const nameOf = (hash: string, { width, height, fit }: ModelInput): string =>
  `${hash}-${width}x${height}${fit}${RESIZE_VERSION}.rgb`;

export class StoredPictures {
  private constructor(
    private readonly folder: Folder,
    private readonly inputs: readonly ModelInput[],
  ) {}

  /** @param inputs all sizes at which the pictures will be loaded; each fills its input */
  static async open(inputs: readonly ModelInput[]): Promise<StoredPictures> {
    return new StoredPictures(await folderAtHome(PICTURES), inputs);
  }

  /**
   * Reads a picture, unless it is stored. Rejects with a sentence if the file is no picture, and if storage is full.
   * @param large is told the megapixels of a picture that takes a while
   */
  async add(
    { id, file, className }: { id: string; file: Blob; className: string },
    large: (megapixels: number) => void,
  ): Promise<StoredPicture> {
    const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
    const { width, height } = requirePicture(head, id);
    const hash = await sha256Hex(new Uint8Array(await file.arrayBuffer()));
    const known = await this.#known(hash);
    if (known !== undefined) return { id, className, hash, pixels: known };
    if (width * height > LARGE) large(Math.round((width * height) / 1e6));
    return this.#write({ id, className, hash }, bitmapPixels(await openBitmap(file, id)));
  }

  async #write(picture: Omit<StoredPicture, 'pixels'>, image: RgbImage): Promise<StoredPicture> {
    const { hash } = picture;
    for (const input of this.inputs) {
      const { data } = fitRgb(image, input);
      await this.folder.write(nameOf(hash, input), Uint8Array.from(data));
    }
    const pixels = await pixelHash(image);
    // last: a note that is there says that the pictures are
    await this.folder.write(`${hash}.json`, new TextEncoder().encode(JSON.stringify({ pixels })));
    return { ...picture, pixels };
  }

  /** A picture at one of the inputs. Rejects with a sentence if the browser has cleared it. */
  async load({ id, hash }: Pick<StoredPicture, 'id' | 'hash'>, input: ModelInput): Promise<RgbImage> {
    const { width, height } = input;
    const data = await this.folder.read(nameOf(hash, input));
    if (data?.length === width * height * 3) return { width, height, data };
    throw new Error(
      `the browser has cleared the picture ${id} of the training; drop its pictures again and start again`,
    );
  }

  /** The picture as a sample of a data set. */
  sample(picture: StoredPicture, label: 0 | 1): Sample {
    const { id, className, hash, pixels } = picture;
    return {
      id,
      className,
      label,
      defect: label === 0 ? 'good' : 'defective',
      ...(label === 1 && { hasMask: false }),
      load: async (input) => {
        const image = await this.load(picture, modelInput(input));
        const { width, height } = image;
        return { image, mask: { width, height, data: new Uint8Array(width * height) } };
      },
      hash: () => Promise.resolve(hash),
      pixelHash: () => Promise.resolve(pixels),
    };
  }

  async #known(hash: string): Promise<string | undefined> {
    const bytes = await this.folder.read(`${hash}.json`);
    if (!bytes) return undefined;
    try {
      const { pixels } = noteSchema.parse(JSON.parse(new TextDecoder().decode(bytes)));
      for (const input of this.inputs) await this.load({ id: hash, hash }, input);
      return pixels;
    } catch {
      // damaged, or stored for other inputs
      return undefined;
    }
  }
}

/** A picture with more pixels is named while it is read. */
const LARGE = 12e6;

function pixelHash({ width, height, data }: RgbImage): Promise<string> {
  const size = new TextEncoder().encode(`${width}x${height} `);
  const all = new Uint8Array(size.length + data.length);
  all.set(size);
  all.set(data, size.length);
  return sha256Hex(all);
}
