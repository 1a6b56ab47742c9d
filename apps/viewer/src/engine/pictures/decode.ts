import type { RgbImage } from '@pyramid-mamba/data';
import type { Picture } from '../engine.js';
import { HEAD_BYTES, requirePicture } from './header.js';
import { exactPixels } from './exactPixels.js';
import { fileFault } from './whole.js';

/** Values as in the file: no colour conversion, no multiplication by alpha; upright by EXIF orientation. */
const AS_STORED: ImageBitmapOptions = {
  imageOrientation: 'from-image',
  colorSpaceConversion: 'none',
  premultiplyAlpha: 'none',
};

async function bytesOf(file: Blob, where: string): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (cause) {
    throw new Error(
      `${where} cannot be read: it was moved or changed since it was chosen, or is a folder; choose it again`,
      { cause },
    );
  }
}

const undecodable = (where: string, why: string, cause?: unknown): Error =>
  new Error(`${where}: the picture cannot be decoded (${why}); the file is damaged: replace or remove it`, {
    cause,
  });

/** Throws a sentence unless the file is all of one picture that can be read here. */
async function requireWhole(file: Blob, where: string): Promise<void> {
  const { format } = requirePicture(await bytesOf(file.slice(0, HEAD_BYTES), where), where);
  const fault = fileFault(await bytesOf(file, where), format);
  if (fault === 'cut') throw undecodable(where, 'its data are cut short');
  if (fault === 'animated')
    throw new Error(
      `${where}: the file is an animation of several pictures, and only the first of them would be judged; save each one as a file of its own`,
    );
}

/** A picture's bitmap, the caller's to close. Rejects with a sentence if the file is not a picture, damaged, cut short, several pictures or too large. */
export async function openBitmap(file: Blob, where: string): Promise<ImageBitmap> {
  await requireWhole(file, where);
  try {
    return await createImageBitmap(file, AS_STORED);
  } catch (reason) {
    const why = reason instanceof Error ? reason.message.replace(/\.$/, '') : String(reason);
    throw undecodable(where, why, reason);
  }
}

/** RGBA, 4 bytes per pixel, to RGB in place: a large picture must not be in memory twice. */
export function withoutAlpha(rgba: Uint8ClampedArray, width: number, height: number): RgbImage {
  const count = width * height;
  for (let i = 1; i < count; i++) {
    rgba[i * 3] = rgba[i * 4]!;
    rgba[i * 3 + 1] = rgba[i * 4 + 1]!;
    rgba[i * 3 + 2] = rgba[i * 4 + 2]!;
  }
  if (count > 0) rgba.copyWithin(0, 0, 3);
  return { width, height, data: rgba.subarray(0, count * 3) };
}

function canvasPixels(bitmap: ImageBitmap): Uint8ClampedArray {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext('2d', { willReadFrequently: true });
  if (!context) throw new Error('the browser has no canvas available to read pictures; close other pages');
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, bitmap.width, bitmap.height).data;
}

/**
 * The 8-bit RGB pixels of a bitmap, which is closed. Alpha is dropped, not applied, as in the other packages. Throws a sentence
 * if the picture has transparent parts and the browser cannot give their colours: they would be judged wrongly.
 */
export function bitmapPixels(bitmap: ImageBitmap): RgbImage {
  const { width, height } = bitmap;
  try {
    let data = canvasPixels(bitmap);
    // a canvas stores colours premultiplied by alpha: with alpha they cannot be recovered
    if (hasAlpha(data)) {
      const exact = exactPixels(bitmap);
      if (!exact) {
        throw new Error(
          'the picture has transparent parts, and this browser cannot read their colours without WebGL: ' +
            'save the picture without transparency, or use another browser',
        );
      }
      data = exact;
    }
    return withoutAlpha(data, width, height);
  } finally {
    bitmap.close();
  }
}

function hasAlpha(rgba: Uint8ClampedArray): boolean {
  for (let i = 3; i < rgba.length; i += 4) if (rgba[i] !== 255) return true;
  return false;
}

/** The pixels of any picture, upright, RGB. Bitmaps are closed. */
export async function picturePixels(picture: Picture, where: string): Promise<RgbImage> {
  if (picture instanceof ImageData) {
    return withoutAlpha(picture.data.slice(), picture.width, picture.height);
  }
  return bitmapPixels(picture instanceof Blob ? await openBitmap(picture, where) : picture);
}
