// Malicious pictures, and files that are not pictures.
import { crc32 } from 'node:zlib';
import { MARKUP } from './markup.js';

/** The PNG with another size in its header, whose checksum is right. */
export function resizedHeader(png: Buffer, width: number, height: number): Buffer {
  const out = Buffer.from(png);
  out.writeUInt32BE(width, 16);
  out.writeUInt32BE(height, 20);
  out.writeUInt32BE(crc32(out.subarray(12, 29)), 29);
  return out;
}

/** A baseline JPEG's start that claims this many pixels, without data. */
const jpegOf = (width: number, height: number) => {
  const frame = Buffer.from([0xff, 0xc0, 0, 17, 8, 0, 0, 0, 0, 3, 1, 0x11, 0, 2, 0x11, 1, 3, 0x11, 1]);
  frame.writeUInt16BE(height, 5);
  frame.writeUInt16BE(width, 7);
  return Buffer.concat([Buffer.from([0xff, 0xd8]), frame]);
};

/** A GIF of one point whose first frame is far larger. */
function gifOf(width: number, height: number): Buffer {
  const frame = Buffer.from([0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0x4c, 1, 0, 0x3b]);
  frame.writeUInt16LE(width, 5);
  frame.writeUInt16LE(height, 7);
  return Buffer.concat([
    Buffer.from('GIF89a'),
    Buffer.from([1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]),
    frame,
  ]);
}

const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><script>globalThis.ran=1</script>${MARKUP}</svg>`;

/** By name: the file, and the error that the page must show. */
export function refusedPictures(png: Buffer): Record<string, [file: Buffer, sentence: RegExp]> {
  const none = /expected a PNG, JPEG, WebP, BMP or GIF, but the file does not start like one/;
  const damaged = /the picture cannot be decoded .*: replace or remove it/;
  const large = /the picture has \d+×\d+ pixels, \d+ million, and at most 100 million/;
  return {
    'empty.png': [Buffer.alloc(0), none],
    'cut.png': [png.subarray(0, png.length >> 1), damaged],
    'onlyHeader.png': [png.subarray(0, 33), damaged],
    'square.png': [resizedHeader(png, 31623, 31623), large],
    'line.png': [resizedHeader(png, 1_000_000_000, 1), large],
    'lying.png': [resizedHeader(png, 9_000, 9_000), damaged],
    'huge.jpg': [jpegOf(65_535, 65_535), large],
    'hollow.jpg': [jpegOf(640, 480), damaged],
    'frame.gif': [gifOf(65_535, 65_535), large],
    'text.png': [Buffer.from('Not a picture at all.\n'.repeat(20)), none],
    'page.png': [Buffer.from(`<!doctype html><body>${MARKUP}</body>`), none],
    'drawing.svg': [Buffer.from(svg), none],
    'renamed.png': [Buffer.from(svg), none],
    'scan.png': [
      Buffer.from('II*\0'.padEnd(200, '\0')),
      /browsers do not show TIFF; save the picture as PNG/,
    ],
    [`${MARKUP.replaceAll('/', ' ')}.png`]: [Buffer.from('no picture'.padEnd(64)), none],
  };
}
