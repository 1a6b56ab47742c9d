import { RunError } from '@pyramid-mamba/runs';

export interface PictureHeader {
  readonly type: 'image/png' | 'image/webp';
  readonly width: number;
  readonly height: number;
}

/** Bytes from a file's start that contain the size. */
const HEAD_BYTES = 32;

/** The header of a PNG or WebP file; undefined for anything else. */
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
 * The picture with its detected type, after a check that its header states these pixels: only then may it be decoded, since
 * a header can claim any number of pixels. Rejects with a sentence that names `where`.
 */
export async function checkedPicture(
  file: Blob,
  size: Pick<PictureHeader, 'width' | 'height'>,
  where: string,
): Promise<Blob> {
  const header = pictureHeader(new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer()));
  if (!header)
    throw new RunError(
      `${where}: expected a PNG or WebP picture, but it is something else; evaluate the run again`,
    );
  if (header.width !== size.width || header.height !== size.height) {
    throw new RunError(
      `${where}: expected ${size.width}x${size.height} pixels as in viewer.json, but its header has ${header.width}x${header.height}; evaluate the run again`,
    );
  }
  return file.slice(0, file.size, header.type);
}
