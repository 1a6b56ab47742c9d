// Detects the format of a picture file by its first bytes. Decoders are never tried in turn: a format that is not listed
// here (SVG, PDF, HEIF, …) reaches none of them.

/** The supported formats. */
export type PictureFormat = 'png' | 'jpeg' | 'webp' | 'tiff' | 'bmp';

/** The names of the formats in messages. */
export const FORMAT_NAMES = 'PNG, JPEG, WebP, TIFF or BMP';
/** Bytes from a file's start that identify the format and include the whole header of a BMP. */
export const HEAD_BYTES = 138;

const starts = (bytes: Uint8Array, at: number, text: string) =>
  bytes.length >= at + text.length && [...text].every((char, i) => bytes[at + i] === char.charCodeAt(0));

/** The format that starts with these bytes, or undefined for an unsupported one. */
export function formatOf(bytes: Uint8Array): PictureFormat | undefined {
  if (starts(bytes, 0, '\x89PNG\r\n\x1a\n')) return 'png';
  if (starts(bytes, 0, '\xff\xd8\xff')) return 'jpeg';
  if (starts(bytes, 0, 'RIFF') && starts(bytes, 8, 'WEBP')) return 'webp';
  if (['II*\0', 'MM\0*', 'II+\0', 'MM\0+'].some((magic) => starts(bytes, 0, magic))) return 'tiff';
  return starts(bytes, 0, 'BM') ? 'bmp' : undefined;
}

/** The unsupported picture or video format that starts with these bytes, as named in messages. */
export function otherFormatOf(bytes: Uint8Array): string | undefined {
  if (starts(bytes, 0, 'GIF8')) return 'a GIF';
  if (starts(bytes, 4, 'ftyp')) return 'HEIF, AVIF or a video';
  if (starts(bytes, 0, '\xff\x0a') || starts(bytes, 4, 'JXL \r\n')) return 'JPEG XL';
  if (starts(bytes, 4, 'jP  \r\n') || starts(bytes, 0, '\xff\x4f\xff\x51')) return 'JPEG 2000';
  if (starts(bytes, 0, '8BPS')) return 'a Photoshop document';
  if (starts(bytes, 128, 'DICM')) return 'DICOM';
  if (starts(bytes, 0, 'v/1\x01')) return 'OpenEXR';
  if (starts(bytes, 0, '#?RADIANCE')) return 'Radiance HDR';
  if (starts(bytes, 0, 'SIMPLE  =')) return 'FITS';
  if (starts(bytes, 0, 'FUJIFILMCCD-RAW') || starts(bytes, 0, 'IIRO') || starts(bytes, 0, 'IIU\0'))
    return 'a raw picture';
  if (starts(bytes, 0, 'II\xbc\x01')) return 'JPEG XR';
  if (starts(bytes, 0, 'qoif')) return 'QOI';
  return undefined;
}

/** A description of a file in an unsupported format, for an error. */
export function describeUnknown(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'the file is empty';
  const other = otherFormatOf(bytes);
  if (other !== undefined) return `it contains ${other}`;
  if (starts(bytes, 0, '%PDF')) return 'it contains a PDF';
  if (starts(bytes, 0, '<')) return 'it contains SVG, HTML or XML text';
  if (starts(bytes, 0, 'PK\x03\x04')) return 'it contains a zip archive';
  if (starts(bytes, 0, 'version https://git-lfs')) return 'it is a Git LFS pointer, not the picture itself';
  return 'its first bytes match no known picture format';
}
