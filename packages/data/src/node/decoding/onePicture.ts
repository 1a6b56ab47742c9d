// Files of several pictures. Decoders give the first one, and nobody would look at what the others show.
import { DataError } from '../../errors.js';
import type { PictureFormat } from './formats.js';
import { loadSharp, OPEN } from './sharp.js';

/** Pages of a TIFF that are looked at: a pyramid has fewer levels. */
const MOST_PAGES = 16;

/** What the decoder says of a file. */
interface Pages {
  readonly pages?: number | undefined;
  readonly width: number;
  readonly height: number;
}

/**
 * Throws a DataError for an animation, and for a TIFF with another page as large as the first one. Smaller pages, a thumbnail or the levels of a pyramid,
 * show the same picture.
 *
 * @param head of a PNG its first bytes; an animation whose chunk is behind them is only found in the whole file
 */
export async function requireOnePicture(
  source: string | Uint8Array,
  head: Uint8Array,
  format: PictureFormat,
  found: Pages,
  where: string,
): Promise<void> {
  const frames = format === 'png' ? framesOfPng(head) : (found.pages ?? 1);
  if (frames < 2) return;
  const what =
    format === 'tiff'
      ? (await hasTwin(source, frames, found)) && 'has several pages of one size'
      : `is an animation of ${frames} pictures`;
  if (what === false) return;
  throw new DataError(
    `${where}: the file ${what}, and only the first of them would be looked at: save each one as a file of its own`,
  );
}

/** Whether another page of a TIFF has the size of the first. */
async function hasTwin(source: string | Uint8Array, pages: number, first: Pages): Promise<boolean> {
  const sharp = await loadSharp();
  for (let page = 1; page < Math.min(pages, MOST_PAGES); page++) {
    const { width, height } = await sharp(source, { ...OPEN, limitInputPixels: false, page }).metadata();
    if (width === first.width && height === first.height) return true;
  }
  return false;
}

/** Frames of an animated PNG (its chunk `acTL`, which stands before the pixels); 1 for any other. */
function framesOfPng(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; at += 12 + view.getUint32(at)) {
    const type = String.fromCharCode(...bytes.subarray(at + 4, at + 8));
    if (type === 'acTL') return view.getUint32(at + 8);
    if (type === 'IDAT') break;
  }
  return 1;
}
