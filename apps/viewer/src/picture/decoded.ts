import type { Size } from '../run/types.js';

/** A picture's bitmap, the caller's to close. Its header must have been checked before. Rejects with a sentence that names `where`. */
export async function bitmapOf(
  picture: Blob,
  where: string,
  options: ImageBitmapOptions = {},
): Promise<ImageBitmap> {
  try {
    return await createImageBitmap(picture, options);
  } catch (cause) {
    throw new Error(
      `${where}: the picture cannot be decoded; the file is truncated or damaged, evaluate the run again`,
      { cause },
    );
  }
}

/** A mask's pixels, row-major: 1 defect, 0 none. Its header must have been checked before. */
export async function maskOf(picture: Blob, { width, height }: Size, where: string): Promise<Uint8Array> {
  const bitmap = await bitmapOf(picture, where);
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  const { data } = context.getImageData(0, 0, width, height);
  return Uint8Array.from({ length: width * height }, (_, i) => (data[i * 4]! > 127 ? 1 : 0));
}
