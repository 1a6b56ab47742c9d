import { basename } from 'node:path';
import { readBmpHeader } from './bmp.js';
import { formatOf, otherFormatOf } from './formats.js';
import { readHead } from './head.js';
import { kindOfName } from './suffixes.js';

/** What a file is: a picture that is read, a picture or video in a format that is not, or no picture. */
export type PictureKind = 'read' | 'not-read' | 'other';

/** Whether bytes begin like a bitmap and not only with its two letters. */
function isBitmap(head: Uint8Array, size: number): boolean {
  try {
    readBmpHeader(head, size);
    return true;
  } catch {
    return false;
  }
}

/**
 * Tells what a file is. A usual suffix decides; a file of another suffix, or of none, is read where its first bytes are of a
 * format that is read (cameras write JPEG as `.jfif`, downloads lose their suffix). A file that cannot be opened is told by
 * its name alone.
 */
export async function pictureKind(path: string): Promise<PictureKind> {
  const named = kindOfName(basename(path));
  if (named === 'read' || named === 'other') return named;
  const fallback = named === 'not-read' ? 'not-read' : 'other';
  const found = await readHead(path).catch(() => undefined);
  if (!found) return fallback;
  const { head, size } = found;
  const format = formatOf(head);
  // raw pictures of cameras are TIFF files whose first page is a thumbnail
  if (format === undefined || (format === 'tiff' && named === 'not-read')) {
    return otherFormatOf(head) === undefined ? fallback : 'not-read';
  }
  return format === 'bmp' && !isBitmap(head, size) ? fallback : 'read';
}
