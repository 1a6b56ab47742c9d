import { RunError } from './files.js';

export interface PictureHeader {
  readonly type: 'image/png' | 'image/webp';
  readonly width: number;
  readonly height: number;
}

/** Bytes from a file's beginning that hold the size. */
const HEAD_BYTES = 32;

/** What the head of a PNG or WebP file says; undefined for anything else. */
export function pictureHeader(head: Uint8Array): PictureHeader | undefined {
  if (head.length < HEAD_BYTES) return undefined;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const word = (at: number) => String.fromCharCode(...head.subarray(at, at + 4));
  if (view.getUint32(0) === 0x89504e47 && view.getUint32(4) === 0x0d0a1a0a && word(12) === 'IHDR') {
    return { type: 'image/png', width: view.getUint32(16), height: view.getUint32(20) };
  }
  if (word(0) !== 'RIFF' || word(8) !== 'WEBP') return undefined;
  const webp = (width: number, height: number): PictureHeader => ({ type: 'image/webp', width, height });
  switch (word(12)) {
    case 'VP8X':
      return webp(1 + (view.getUint32(24, true) & 0xffffff), 1 + (view.getUint32(26, true) >>> 8));
    case 'VP8L': {
      const bits = view.getUint32(21, true);
      return view.getUint8(20) === 0x2f ? webp(1 + (bits & 0x3fff), 1 + ((bits >>> 14) & 0x3fff)) : undefined;
    }
    case 'VP8 ':
      return webp(view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff);
    default:
      return undefined;
  }
}

/**
 * The picture with its true type, once its header has said that it is `size` x `size` pixels: only then may anything decode it, since a
 * header can promise any number of pixels. Rejects with a sentence that names `where`.
 */
export async function checkedPicture(file: Blob, size: number, where: string): Promise<Blob> {
  const header = pictureHeader(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
  if (!header)
    throw new RunError(`${where}: wanted a PNG or WebP picture, but it is none; evaluate the run again`);
  if (header.width !== size || header.height !== size) {
    throw new RunError(
      `${where}: wanted ${size}x${size} pixels as viewer.json says, but its header says ${header.width}x${header.height}; evaluate the run again`,
    );
  }
  return file.slice(0, file.size, header.type);
}
