import { DataError } from '../errors.js';
import type { GrayImage, RgbImage } from '../types.js';
import { OPEN, sharp } from './sharp.js';

/** What a picture's header says. Width and height are those of the upright picture (EXIF orientation applied). */
export interface PictureHeader {
  format: 'png' | 'jpeg';
  width: number;
  height: number;
  /** 16 bits a channel rather than 1 to 8. */
  deep: boolean;
}

function unreadable(where: string, reason: unknown): DataError {
  // libvips repeats its complaint on several lines; the first says it
  const text = (reason instanceof Error ? reason.message : String(reason)).split('\n')[0]!.trim();
  return new DataError(
    `${where}: the picture cannot be decoded (${text}); the file is damaged or not a PNG or JPEG: replace or remove it`,
  );
}

/**
 * Reads the header alone. `source` is a path or the file's bytes, `where` what an error calls it. Throws a DataError for
 * anything but a PNG or JPEG with a sound header.
 */
export async function readHeader(source: string | Uint8Array, where: string): Promise<PictureHeader> {
  let found;
  try {
    found = await sharp(source, OPEN).metadata();
  } catch (reason) {
    // sharp throws at once for an empty buffer and rejects for everything else
    throw unreadable(where, reason);
  }
  const { format, depth } = found;
  if (format !== 'png' && format !== 'jpeg') throw unreadable(where, `it holds ${format}`);
  const { width, height } = found.autoOrient;
  return { format, width, height, deep: depth === 'ushort' };
}

/**
 * Decodes a PNG or JPEG to 8-bit RGB, upright. Gray is repeated on the three channels, alpha is dropped, palettes are
 * looked up, 16-bit values lose their low byte. 8-bit PNG values are those of Pillow's `convert('RGB')`.
 * Throws a DataError that names `where` when the bytes are damaged, cut short, or of another format.
 */
export async function decodeRgb(bytes: Uint8Array, where: string): Promise<RgbImage> {
  await readHeader(bytes, where);
  try {
    const { data, info } = await sharp(bytes, OPEN)
      .autoOrient()
      .removeAlpha()
      .toColourspace('srgb')
      .raw()
      .toBuffer({ resolveWithObject: true });
    return { width: info.width, height: info.height, data };
  } catch (reason) {
    throw unreadable(where, reason);
  }
}

function largest(values: Uint8Array | Uint16Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) most = Math.max(most, values[i]!);
  return most;
}

/**
 * Decodes a PNG or JPEG mask to 0 and 1, upright: 1 wherever any colour channel is not 0, at the file's full depth (the
 * value 1 of 65535 counts). Alpha is ignored. In a JPEG, 1 is what exceeds half of the picture's brightest value: its
 * compression leaves small values around every edge, which are no defect.
 * Throws a DataError that names `where` when the bytes are damaged, cut short, or of another format.
 */
export async function decodeMask(bytes: Uint8Array, where: string): Promise<GrayImage> {
  const { format, deep } = await readHeader(bytes, where);
  try {
    const { data, info } = await sharp(bytes, OPEN)
      .autoOrient()
      .removeAlpha()
      .toColourspace(deep ? 'rgb16' : 'srgb')
      .raw({ depth: deep ? 'ushort' : 'uchar' })
      .toBuffer({ resolveWithObject: true });
    // copied when 16-bit: the buffer need not start at an even address
    const values: Uint8Array | Uint16Array = deep ? new Uint16Array(Uint8Array.from(data).buffer) : data;
    const { width, height } = info;
    const floor = format === 'jpeg' ? largest(values) / 2 : 0;
    const mask = new Uint8Array(width * height);
    for (let i = 0; i < mask.length; i++) {
      const p = i * 3;
      mask[i] = values[p]! > floor || values[p + 1]! > floor || values[p + 2]! > floor ? 1 : 0;
    }
    return { width, height, data: mask };
  } catch (reason) {
    throw unreadable(where, reason);
  }
}
