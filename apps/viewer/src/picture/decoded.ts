/** A picture's pixels, (size, size, 4) bytes RGBA. Its header must have been checked before. */
export async function pixelsOf(picture: Blob, size: number): Promise<ImageData> {
  const bitmap = await createImageBitmap(picture);
  const context = new OffscreenCanvas(size, size).getContext('2d', { willReadFrequently: true })!;
  context.drawImage(bitmap, 0, 0);
  bitmap.close();
  return context.getImageData(0, 0, size, size);
}

/** A mask's pixels, (size, size): 1 defect, 0 none. */
export async function maskOf(picture: Blob, size: number): Promise<Uint8Array> {
  const { data } = await pixelsOf(picture, size);
  return Uint8Array.from({ length: size * size }, (_, i) => (data[i * 4]! > 127 ? 1 : 0));
}
