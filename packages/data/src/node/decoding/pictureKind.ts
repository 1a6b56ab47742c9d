import { basename } from 'node:path';
import { readBmpHeader } from './bmp.js';
import { formatOf, otherFormatOf } from './formats.js';
import { readHead } from './head.js';
import { kindOfName } from '../../names/suffixes.js';

/** The kind of a file: a readable picture, a picture or video in an unsupported format, or not a picture. */
export type PictureKind = 'read' | 'not-read' | 'other';

/** Whether bytes start like a bitmap, not only with its two letters. */
function isBitmap(head: Uint8Array, size: number): boolean {
  try {
    readBmpHeader(head, size);
    return true;
  } catch {
    return false;
  }
}

/**
 * Determines the kind of a file. A known suffix decides; a file with another suffix, or none, is read if its first bytes are of
 * a supported format (cameras write JPEG as `.jfif`, downloads lose their suffix). A file that cannot be opened is classified
 * by its name.
 */
export async function pictureKind(path: string): Promise<PictureKind> {
  const named = kindOfName(basename(path));
  if (named === 'read' || named === 'other') return named;
  const fallback = named === 'not-read' ? 'not-read' : 'other';
  const found = await readHead(path).catch(() => undefined);
  if (!found) return fallback;
  const { head, size } = found;
  const format = formatOf(head);
  // camera raw files are TIFF files whose first page is a thumbnail
  if (format === undefined || (format === 'tiff' && named === 'not-read')) {
    return otherFormatOf(head) === undefined ? fallback : 'not-read';
  }
  return format === 'bmp' && !isBitmap(head, size) ? fallback : 'read';
}
