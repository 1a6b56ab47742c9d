// Width and height from the first bytes of a picture, before anything is decoded: a small file may claim gigapixels.

/** Maximum number of pixels to decode. */
export const MAX_PIXELS = 100_000_000;
/** Bytes that contain the size of nearly every picture: a JPEG's follows its EXIF data and colour profile. */
export const HEAD_BYTES = 1 << 20;

export type PictureFormat = 'PNG' | 'JPEG' | 'WebP' | 'BMP' | 'GIF';

export interface PictureHeader {
  readonly format: PictureFormat;
  /** As stored, before a JPEG's EXIF rotation. */
  readonly width: number;
  readonly height: number;
}

const text = (bytes: Uint8Array, from: number, length: number): string =>
  String.fromCharCode(...bytes.subarray(from, from + length));

/** Reads the header of a PNG, JPEG, WebP, BMP or GIF, or returns undefined for anything else and for a truncated one. */
export function readHeader(bytes: Uint8Array): PictureHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    if (text(bytes, 1, 3) === 'PNG' && bytes[0] === 0x89 && text(bytes, 12, 4) === 'IHDR') {
      return { format: 'PNG', width: view.getUint32(16), height: view.getUint32(20) };
    }
    if (text(bytes, 0, 3) === 'GIF') return gif(view);
    if (text(bytes, 0, 2) === 'BM') return bmp(view);
    if (text(bytes, 0, 4) === 'RIFF' && text(bytes, 8, 4) === 'WEBP') return webp(bytes, view);
    if (bytes[0] === 0xff && bytes[1] === 0xd8) return jpeg(view);
  } catch (error) {
    // the file ends before its header does
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}

/** A GIF's first frame may be larger than the screen in its header: the larger counts. */
function gif(view: DataView): PictureHeader {
  const u16 = (at: number): number => view.getUint16(at, true);
  const flags = view.getUint8(10);
  let at = 13 + (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  while (view.getUint8(at) === 0x21) {
    // an extension: its type, then blocks with their lengths, the last 0
    for (at += 2; view.getUint8(at) !== 0; at += 1 + view.getUint8(at));
    at++;
  }
  const framed = view.getUint8(at) === 0x2c;
  const [right, bottom] = framed ? [u16(at + 1) + u16(at + 5), u16(at + 3) + u16(at + 7)] : [0, 0];
  return { format: 'GIF', width: Math.max(u16(6), right), height: Math.max(u16(8), bottom) };
}

function bmp(view: DataView): PictureHeader {
  // the oldest header type has 16 bits per side, the others 32 with a sign for the row order
  if (view.getUint32(14, true) === 12) {
    return { format: 'BMP', width: view.getUint16(18, true), height: view.getUint16(20, true) };
  }
  return {
    format: 'BMP',
    width: Math.abs(view.getInt32(18, true)),
    height: Math.abs(view.getInt32(22, true)),
  };
}

function webp(bytes: Uint8Array, view: DataView): PictureHeader | undefined {
  const kind = text(bytes, 12, 4);
  const u24 = (at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
  if (kind === 'VP8X') return { format: 'WebP', width: u24(24) + 1, height: u24(27) + 1 };
  if (kind === 'VP8 ') {
    return {
      format: 'WebP',
      width: view.getUint16(26, true) & 0x3fff,
      height: view.getUint16(28, true) & 0x3fff,
    };
  }
  if (kind !== 'VP8L') return undefined;
  const bits = view.getUint32(21, true);
  return { format: 'WebP', width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

function jpeg(view: DataView): PictureHeader | undefined {
  for (let at = 2; ;) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) {
      at++; // any number of fill bytes may precede a marker
      continue;
    }
    // SOF0 to SOF15 hold the size; DHT (C4), JPG (C8) and DAC (CC) are in the same range
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
      return { format: 'JPEG', width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
    }
    at += 2 + view.getUint16(at + 2);
  }
}

/** Throws one sentence unless the bytes start a picture that the page can read and that is not too large. */
export function requirePicture(head: Uint8Array, where: string): PictureHeader {
  const header = readHeader(head);
  if (!header || header.width === 0 || header.height === 0) {
    const tiff = ['II*\0', 'MM\0*'].includes(text(head, 0, 4));
    throw new Error(
      tiff
        ? `${where}: browsers do not show TIFF; save the picture as PNG`
        : `${where}: expected a PNG, JPEG, WebP, BMP or GIF, but the file does not start like one; it is damaged or something else`,
    );
  }
  const { width, height } = header;
  if (width * height > MAX_PIXELS) {
    throw new Error(
      `${where}: the picture has ${width}×${height} pixels, ${Math.ceil((width * height) / 1e6)} million, and at most ` +
        `${MAX_PIXELS / 1e6} million can be read here; make it smaller or cut it into parts`,
    );
  }
  return header;
}
