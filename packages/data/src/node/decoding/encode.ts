import type { GrayImage, RgbImage } from '../../types.js';
import { loadSharp } from './sharp.js';

async function open({ width, height, data }: RgbImage | GrayImage, channels: 1 | 3) {
  if (data.length !== width * height * channels) {
    throw new RangeError(
      `a ${width}x${height} picture of ${channels} channel(s) has ${width * height * channels} values, ` +
        `got ${data.length}`,
    );
  }
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return (await loadSharp())(bytes, { raw: { width, height, channels } });
}

/** An 8-bit RGB picture as the bytes of a PNG file. Rejects with RangeError if sizes and data do not match. */
export async function encodePngRgb(image: RgbImage): Promise<Uint8Array> {
  return (await open(image, 3)).png().toBuffer();
}

/** An 8-bit one-channel picture as the bytes of a gray PNG file; values are unchanged (a 0/1 mask looks black). */
export async function encodePngGray(image: GrayImage): Promise<Uint8Array> {
  return (await open(image, 1)).toColourspace('b-w').png().toBuffer();
}

/** A 16-bit one-channel picture, row-major values 0..65535, as the bytes of a gray PNG file of that depth. */
export async function encodePngGray16(image: {
  readonly width: number;
  readonly height: number;
  readonly data: Uint16Array;
}): Promise<Uint8Array> {
  const { width, height, data } = image;
  if (data.length !== width * height) {
    throw new RangeError(
      `encodePngGray16: a ${width}x${height} picture has ${width * height} values, got ${data.length}`,
    );
  }
  // sharp takes the depth from the array's type
  const sharp = await loadSharp();
  return sharp(data, { raw: { width, height, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer();
}

/** A picture file's bytes (PNG, JPEG, …) as a WebP file, slightly lossy. */
export async function encodeWebp(file: Uint8Array): Promise<Uint8Array> {
  return (await loadSharp())(file).webp({ quality: 82 }).toBuffer();
}

/** An 8-bit RGB picture as the bytes of a visually lossless WebP file. */
export async function encodeWebpRgb(image: RgbImage): Promise<Uint8Array> {
  return (await open(image, 3)).webp({ quality: 92, smartSubsample: true }).toBuffer();
}
