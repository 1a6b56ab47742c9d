import { DataError } from '../../errors.js';
import type { GrayImage, RgbImage } from '../../types.js';
import { decodeBmp, readBmpHeader } from './bmp.js';
import { describeUnknown, FORMAT_NAMES, formatOf, type PictureFormat } from './formats.js';
import { readHead } from './head.js';
import { isLossy } from './lossy.js';
import { oneLine } from './oneLine.js';
import { requireOnePicture } from './onePicture.js';
import { canHoldItsPixels } from './pngSize.js';
import { loadSharp, MAX_PIXELS, OPEN } from './sharp.js';

/** A picture's header. Width and height are those of the upright picture (EXIF orientation applied). */
export interface PictureHeader {
  format: PictureFormat;
  width: number;
  height: number;
  /** 16 bits per channel instead of 1 to 8. */
  deep: boolean;
  /** The channels of a pixel, as text: `gray`, `gray + alpha`, `RGB`, `RGB + alpha` or `CMYK`. */
  channels: string;
}

/** Maximum size of a picture file in bytes; larger ones are rejected. */
const MAX_FILE_BYTES = 2 ** 30;

/** Of a decoder's damaged data libvips names one cause or another, by what it has read before; neither helps. */
const BY_CHANCE = /failOn setting|^vips\w*: /i;

function unreadable(where: string, reason: unknown): DataError {
  // it says itself what is wrong, such as a decoder that is missing
  if (reason instanceof DataError) return reason;
  // libvips repeats its message on several lines; the first suffices
  const line = oneLine(reason);
  return new DataError(
    `${where}: the picture cannot be decoded (${BY_CHANCE.test(line) ? 'its data are cut short or damaged' : line}); the file is damaged or not a ${FORMAT_NAMES}: replace or remove it`,
  );
}

function requireSize(where: string, width: number, height: number): void {
  if (width * height <= MAX_PIXELS) return;
  const millions = (count: number) => Math.ceil(count / 1e6);
  throw new DataError(
    `${where}: the picture has ${width}x${height} pixels, ${millions(width * height)} million, and at most ` +
      `${millions(MAX_PIXELS)} million can be read: make it smaller or cut it into parts`,
  );
}

const CHANNELS: Record<string, string> = {
  'b-w': 'gray',
  grey16: 'gray',
  srgb: 'RGB',
  rgb: 'RGB',
  rgb16: 'RGB',
};

/** The header of a file of any format but BMP. */
async function vipsHeader(
  source: string | Uint8Array,
  head: Uint8Array,
  format: PictureFormat,
  where: string,
): Promise<PictureHeader> {
  // the size has its own error message, so the library's limit is disabled for the header
  const sharp = await loadSharp();
  const found = await sharp(source, { ...OPEN, limitInputPixels: false }).metadata();
  if (found.format !== format) throw new Error(`it contains ${found.format}`);
  await requireOnePicture(source, head, format, found, where);
  const { depth, space, hasAlpha, channels: count } = found;
  if (depth !== 'uchar' && depth !== 'ushort') {
    throw new Error(`its values are of type "${depth}"; save it with 8 or 16 bits per channel`);
  }
  const colours = count - (hasAlpha ? 1 : 0);
  if (![1, 3, 4].includes(colours)) throw new Error(`it has ${count} channels; save it as gray or RGB`);
  const { width, height } = found.autoOrient;
  const name = CHANNELS[space] ?? space.toUpperCase();
  return {
    format,
    width,
    height,
    deep: depth === 'ushort',
    channels: hasAlpha ? `${name} + alpha` : name,
  };
}

/**
 * Reads only the header. `source` is a path or the file's bytes, `where` names it in errors. Throws a DataError for
 * anything but a PNG, JPEG, WebP, TIFF or BMP with a valid header of at most 200 million pixels, and for a file of several pictures.
 */
export async function readHeader(source: string | Uint8Array, where: string): Promise<PictureHeader> {
  let header: PictureHeader;
  try {
    const { head, size } =
      typeof source === 'string' ? await readHead(source) : { head: source, size: source.length };
    if (size > MAX_FILE_BYTES) throw new Error(`the file has ${size} bytes, more than a picture may have`);
    const format = formatOf(head);
    if (format === undefined) throw new Error(describeUnknown(head));
    if (format === 'png' && !canHoldItsPixels(head, size)) {
      throw new Error('the file is too small for the pixels in its header');
    }
    if (format === 'bmp') {
      const { width, height } = readBmpHeader(head, size);
      header = { format, width, height, deep: false, channels: 'RGB' };
    } else {
      header = await vipsHeader(source, head, format, where);
    }
  } catch (reason) {
    const code = (reason as NodeJS.ErrnoException).code;
    throw unreadable(where, code === 'ENOENT' ? 'the file does not exist, or is a broken link' : reason);
  }
  requireSize(where, header.width, header.height);
  return header;
}

/** Pixels of a file of any format but BMP, three channels, upright. */
async function vipsPixels(bytes: Uint8Array, deep: boolean) {
  const sharp = await loadSharp();
  const { data, info } = await sharp(bytes, OPEN)
    .autoOrient()
    .removeAlpha()
    .toColourspace(deep ? 'rgb16' : 'srgb')
    .raw({ depth: deep ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (channels !== 3) throw new Error(`it has ${channels} channels; save it as gray or RGB`);
  return { width, height, data };
}

/**
 * Decodes a PNG, JPEG, WebP, TIFF (its first page, where others are smaller) or BMP to 8-bit RGB, upright. Gray is repeated on the three channels,
 * alpha is dropped, palettes are looked up, 16-bit values lose their low byte, CMYK is converted. 8-bit PNG values are
 * those of Pillow's `convert('RGB')`. Throws a DataError that names `where` when the bytes are damaged, cut short, too
 * large, of another format, or several pictures.
 */
export async function decodeRgb(bytes: Uint8Array, where: string): Promise<RgbImage> {
  const { format } = await readHeader(bytes, where);
  try {
    return format === 'bmp' ? decodeBmp(bytes) : await vipsPixels(bytes, false);
  } catch (reason) {
    throw unreadable(where, reason);
  }
}

/**
 * Decodes a mask of those formats to 0 and 1, upright: 1 where any colour channel is not 0, at the file's full depth
 * (the value 1 of 65535 counts). Alpha is ignored. With lossy compression (JPEG, lossy WebP), 1 is a value above half of the
 * picture's maximum: small values around edges are not a defect. Errors as in `decodeRgb`.
 */
export async function decodeMask(bytes: Uint8Array, where: string): Promise<GrayImage> {
  return (await readMask(bytes, where)).mask;
}

/** What a mask's file holds beside its marks. */
export interface MaskValues {
  /** The brightest value of a colour channel, and the largest that its depth allows. */
  brightest: number;
  most: number;
  /** How many different values above 0 there are, by the largest channel of each pixel. */
  distinct: number;
  /** Its compression changes values. */
  lossy: boolean;
  /** It has an alpha channel that is not opaque everywhere; the channel is ignored. */
  seeThrough: boolean;
}

/** The largest colour value of each pixel, row-major. */
function brightestOf(values: Uint8Array | Uint8ClampedArray | Uint16Array): Uint16Array {
  const brightest = new Uint16Array(values.length / 3);
  for (let i = 0, p = 0; i < brightest.length; i++, p += 3) {
    brightest[i] = Math.max(values[p]!, values[p + 1]!, values[p + 2]!);
  }
  return brightest;
}

/** Decodes a mask as `decodeMask` does. `values` is worked out when it is called, and reads the whole file again for alpha. */
export async function readMask(
  bytes: Uint8Array,
  where: string,
): Promise<{ mask: GrayImage; values(): Promise<MaskValues> }> {
  const { format, deep, channels } = await readHeader(bytes, where);
  try {
    const { width, height, data } = format === 'bmp' ? decodeBmp(bytes) : await vipsPixels(bytes, deep);
    // copied when 16-bit: the buffer need not start at an even address
    const brightest = brightestOf(deep ? new Uint16Array(Uint8Array.from(data).buffer) : data);
    const lossy = isLossy(format, bytes);
    const top = brightest.reduce((most, value) => Math.max(most, value), 0);
    const floor = lossy ? top / 2 : 0;
    const mask = Uint8Array.from(brightest, (value) => (value > floor ? 1 : 0));
    const values = async (): Promise<MaskValues> => {
      const different = new Set(brightest);
      different.delete(0);
      const isOpaque =
        !channels.endsWith('alpha') || (await (await loadSharp())(bytes, OPEN).stats()).isOpaque;
      const most = deep ? 65535 : 255;
      return { brightest: top, most, distinct: different.size, lossy, seeThrough: !isOpaque };
    };
    return { mask: { width, height, data: mask }, values };
  } catch (reason) {
    throw unreadable(where, reason);
  }
}
