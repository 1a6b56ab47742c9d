// Windows bitmaps, which sharp's libvips does not read. The available npm decoders ignore the offset of the
// pixels or the colour table and trust every size in the header; this one checks all sizes before it allocates. Layout:
// https://learn.microsoft.com/windows/win32/gdi/bitmap-header-types
import type { RgbImage } from '../../types.js';

/** A bitmap's header, checked. */
export interface BmpHeader {
  width: number;
  height: number;
  /** Rows are stored from top to bottom; usually from bottom to top. */
  topDown: boolean;
  bits: 1 | 4 | 8 | 16 | 24 | 32;
  /** First byte of the pixels. */
  offset: number;
  /** Bytes of one row, padded to a multiple of four. */
  stride: number;
  /** First byte of the colour table and the number and size of its entries; no entries above 8 bits. */
  table: { offset: number; entries: number; entryBytes: 3 | 4 };
  /** Bits that hold red, green and blue, at 16 and 32 bits. */
  masks: readonly [number, number, number];
}

const FILE_HEADER = 14;
const CORE_HEADER = 12;
const INFO_HEADER = 40;
const PLAIN = 0;
const BITFIELDS = 3;
const ALPHA_BITFIELDS = 6;

const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Reads a header from a file's first bytes. `fileSize` is the whole file's, in bytes. Throws an Error whose message is a
 * reason without the file's name.
 */
export function readBmpHeader(head: Uint8Array, fileSize: number): BmpHeader {
  const view = viewOf(head);
  if (head.length < FILE_HEADER + CORE_HEADER) throw new Error('the header is cut short');
  const headerSize = view.getUint32(14, true);
  const isCore = headerSize === CORE_HEADER;
  if (!isCore && (headerSize < INFO_HEADER || headerSize > 124)) {
    throw new Error(`a header of ${headerSize} bytes is unknown`);
  }
  const enough = FILE_HEADER + (isCore ? CORE_HEADER : INFO_HEADER + 12);
  if (head.length < Math.min(enough, fileSize) || fileSize < FILE_HEADER + headerSize) {
    throw new Error('the header is cut short');
  }
  const width = isCore ? view.getUint16(18, true) : view.getInt32(18, true);
  const signedHeight = isCore ? view.getUint16(20, true) : view.getInt32(22, true);
  const bits = view.getUint16(isCore ? 24 : 28, true);
  const compression = isCore ? PLAIN : view.getUint32(30, true);
  const height = Math.abs(signedHeight);
  if (width < 1 || height < 1) throw new Error(`the header says ${width}x${signedHeight} pixels`);
  if (bits !== 1 && bits !== 4 && bits !== 8 && bits !== 16 && bits !== 24 && bits !== 32) {
    throw new Error(`${bits} bits per pixel are not supported`);
  }
  const hasMasks = compression === BITFIELDS || compression === ALPHA_BITFIELDS;
  if (compression !== PLAIN && !(hasMasks && (bits === 16 || bits === 32))) {
    throw new Error('it is compressed; save it uncompressed or as PNG');
  }
  const masksInside = headerSize === INFO_HEADER && hasMasks;
  const tableOffset =
    FILE_HEADER + headerSize + (masksInside ? (compression === ALPHA_BITFIELDS ? 16 : 12) : 0);
  const entryBytes = isCore ? 3 : 4;
  const named = isCore ? 0 : view.getUint32(46, true);
  const entries = bits > 8 ? 0 : named === 0 ? 2 ** bits : Math.min(named, 2 ** bits);
  const offset = view.getUint32(10, true);
  const stride = Math.ceil((width * bits) / 32) * 4;
  if (offset < tableOffset + entries * entryBytes) {
    throw new Error('its pixels start inside its header');
  }
  // the last row may lack its padding
  if (offset + stride * (height - 1) + Math.ceil((width * bits) / 8) > fileSize) {
    throw new Error(`${width}x${height} pixels of ${bits} bits need more bytes than the file has`);
  }
  const usual = bits === 16 ? ([0x7c00, 0x03e0, 0x001f] as const) : ([0xff0000, 0xff00, 0xff] as const);
  const masks = hasMasks
    ? ([54, 58, 62].map((at) => view.getUint32(at, true)) as [number, number, number])
    : usual;
  const table = { offset: tableOffset, entries, entryBytes } as const;
  return { width, height, topDown: signedHeight < 0, bits, offset, stride, table, masks };
}

/** Extracts the bits of `mask` from a pixel and scales them to 0..255. */
function channelReader(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (pixel) => Math.round((((pixel & mask) >>> shift) * 255) / most);
}

/** Decodes a bitmap's pixels to RGB, top row first; a fourth channel is dropped. Throws as `readBmpHeader` does. */
export function decodeBmp(bytes: Uint8Array): RgbImage {
  const { width, height, topDown, bits, offset, stride, table, masks } = readBmpHeader(bytes, bytes.length);
  const view = viewOf(bytes);
  const data = new Uint8Array(width * height * 3);
  const readers = masks.map(channelReader);
  for (let y = 0; y < height; y++) {
    const row = offset + (topDown ? y : height - 1 - y) * stride;
    let to = y * width * 3;
    for (let x = 0; x < width; x++) {
      if (bits <= 8) {
        const bit = x * bits;
        const index = (bytes[row + (bit >> 3)]! >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
        if (index >= table.entries) {
          throw new Error(`a pixel uses colour ${index} of a table of ${table.entries}`);
        }
        const entry = table.offset + index * table.entryBytes;
        for (let c = 0; c < 3; c++) data[to++] = bytes[entry + 2 - c]!;
      } else if (bits === 24) {
        for (let c = 0; c < 3; c++) data[to++] = bytes[row + x * 3 + 2 - c]!;
      } else {
        const pixel = bits === 16 ? view.getUint16(row + x * 2, true) : view.getUint32(row + x * 4, true);
        for (const read of readers) data[to++] = read(pixel);
      }
    }
  }
  return { width, height, data };
}
