import type { PictureFormat } from './formats.js';

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** By the chunks of a WebP: https://developers.google.com/speed/webp/docs/riff_container. */
function isLossyWebp(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  for (let at = 12; at + 8 <= bytes.length;) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    if (name === 'VP8L' || name === 'VP8 ') return name === 'VP8 ';
    const size = view.getUint32(at + 4, true);
    at += 8 + size + (size % 2);
  }
  return true;
}

const COMPRESSION_TAG = 259;
/** JPEG in its old and its new form, and WebP, as libtiff numbers them. */
const LOSSY_TIFF = [6, 7, 50001];

/** The compression named in the first directory of a TIFF (TIFF 6.0, section 2). A BigTIFF counts as exact. */
function isLossyTiff(bytes: Uint8Array): boolean {
  const view = viewOf(bytes);
  const little = bytes[0] === 0x49;
  if (bytes.length < 8 || view.getUint16(2, little) !== 42) return false;
  const start = view.getUint32(4, little);
  if (start + 2 > bytes.length) return false;
  const count = view.getUint16(start, little);
  for (let i = 0; i < count; i++) {
    const at = start + 2 + i * 12;
    if (at + 12 > bytes.length) return false;
    if (view.getUint16(at, little) === COMPRESSION_TAG)
      return LOSSY_TIFF.includes(view.getUint16(at + 8, little));
  }
  return false;
}

/** Whether a picture's compression changes its values: JPEG, most WebP, JPEG or WebP inside a TIFF. */
export function isLossy(format: PictureFormat, bytes: Uint8Array): boolean {
  if (format === 'webp') return isLossyWebp(bytes);
  return format === 'jpeg' || (format === 'tiff' && isLossyTiff(bytes));
}
