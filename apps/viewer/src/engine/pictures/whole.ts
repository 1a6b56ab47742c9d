// Whether a file is all of one picture. Browsers decode what there is of a file that was cut, some without an error and with grey for the rest, and the first
// picture of an animation: what is missing would be judged as if it were there.
import type { PictureFormat } from './header.js';

/** `cut`: its data end before the picture does; `animated`: it has several pictures. */
export type FileFault = 'cut' | 'animated';

/** What keeps a file from being all of one picture; undefined where nothing does. @param format as `readHeader` says it */
export function fileFault(bytes: Uint8Array, format: PictureFormat): FileFault | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  try {
    return WALKS[format](bytes, view);
  } catch (error) {
    // it ends where something should follow
    if (error instanceof RangeError) return 'cut';
    throw error;
  }
}

type Walk = (bytes: Uint8Array, view: DataView) => FileFault | undefined;

const text = (bytes: Uint8Array, from: number): string =>
  String.fromCharCode(...bytes.subarray(from, from + 4));
const within = (end: number, bytes: Uint8Array): FileFault | undefined =>
  end <= bytes.length ? undefined : 'cut';

/** Chunks up to `IEND`; an animation says before its pixels how many pictures it has. */
const png: Walk = (bytes, view) => {
  let frames = 1;
  for (let at = 8; ; at += 12 + view.getUint32(at)) {
    const type = text(bytes, at + 4);
    if (type === 'acTL') frames = view.getUint32(at + 8);
    if (type === 'IEND') return within(at + 12, bytes) ?? (frames > 1 ? 'animated' : undefined);
  }
};

/** Markers up to the end of the image; what cameras write behind it does not count. */
const jpeg: Walk = (bytes, view) => {
  for (let at = 2; ;) {
    // pixels come without a length, and what looks like a marker in them is none if a 0 or a restart follows
    at = bytes.indexOf(0xff, at);
    if (at < 0) return 'cut';
    const marker = view.getUint8(at + 1);
    if (marker === 0xd9) return undefined;
    if (marker === 0xff) at++;
    else if (marker === 0 || marker === 1 || (marker >= 0xd0 && marker <= 0xd8)) at += 2;
    else at += 2 + view.getUint16(at + 2);
  }
};

const webp: Walk = (bytes, view) => {
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) return 'cut';
  let frames = 0;
  for (let at = 12; at + 8 <= end;) {
    if (text(bytes, at) === 'ANMF') frames++;
    const size = view.getUint32(at + 4, true);
    at += 8 + size + (size % 2);
  }
  return frames > 1 ? 'animated' : undefined;
};

/** Of uncompressed rows the header says how many bytes they take; the last one may lack its padding. */
const bmp: Walk = (bytes, view) => {
  const isCore = view.getUint32(14, true) === 12;
  const [plain, masks, alphaMasks] = [0, 3, 6];
  const compression = isCore ? plain : view.getUint32(30, true);
  if (![plain, masks, alphaMasks].includes(compression)) return undefined;
  const [width, height, bits] = isCore
    ? [view.getUint16(18, true), view.getUint16(20, true), view.getUint16(24, true)]
    : [view.getInt32(18, true), Math.abs(view.getInt32(22, true)), view.getUint16(28, true)];
  const row = Math.ceil((width * bits) / 8);
  return within(view.getUint32(10, true) + 4 * Math.ceil(row / 4) * (height - 1) + row, bytes);
};

/** Blocks up to the trailer, which some programs leave out behind a picture. */
const gif: Walk = (bytes, view) => {
  const table = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);
  let frames = 0;
  for (let at = 13 + table(view.getUint8(10)); frames === 0 || at < bytes.length;) {
    const kind = view.getUint8(at);
    if (kind === 0x3b) break;
    if (kind === 0x2c) {
      frames++;
      at += 11 + table(view.getUint8(at + 9));
    } else at += 2;
    // blocks with their lengths, the last 0
    while (view.getUint8(at) !== 0) at += 1 + view.getUint8(at);
    at++;
  }
  return frames > 1 ? 'animated' : frames === 0 ? 'cut' : undefined;
};

const WALKS: Readonly<Record<PictureFormat, Walk>> = { PNG: png, JPEG: jpeg, WebP: webp, BMP: bmp, GIF: gif };
