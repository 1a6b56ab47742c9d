import { encodePngRgb } from '@pyramid-mamba/data/node';
import { describe, expect, test } from 'vitest';
import { readHeader, requirePicture } from '../src/engine/pictures/header.js';

const ascii = (text: string) => [...text].map((c) => c.charCodeAt(0));
const png = async () =>
  new Uint8Array(await encodePngRgb({ width: 37, height: 21, data: new Uint8Array(37 * 21 * 3) }));
/** A JPEG's beginning: EXIF, a Huffman table, a fill byte, then the frame of a progressive picture. */
const jpeg = Uint8Array.from(
  [
    [0xff, 0xd8],
    [0xff, 0xe1, 0, 8, ...ascii('Exif\0\0')],
    [0xff, 0xc4, 0, 4, 1, 2],
    [0xff, 0xff, 0xc2, 0, 17, 8, 0, 21, 0, 37, 3],
  ].flat(),
);
const riff = (kind: string, body: number[]) =>
  Uint8Array.of(...ascii('RIFF'), 0, 0, 0, 0, ...ascii('WEBP'), ...ascii(kind), 0, 0, 0, 0, ...body);
/** A GIF with a table of two colours and a comment before its first frame. */
const gif = (width: number, height: number, frameWidth: number, frameHeight: number) =>
  Uint8Array.from(
    [
      [...ascii('GIF89a'), width, 0, height, 0, 0x80, 0, 0, 0, 0, 0, 9, 9, 9],
      [0x21, 0xfe, 2, ...ascii('ab'), 1, ...ascii('c'), 0],
      [0x2c, 4, 0, 0, 0, frameWidth & 255, frameWidth >> 8, frameHeight & 255, frameHeight >> 8],
    ].flat(),
  );
const bits = (37 - 1) | ((21 - 1) << 14);

describe('the header of a picture', () => {
  test.each([
    ['PNG', png()],
    ['JPEG', jpeg],
    ['WebP', riff('VP8 ', [0, 0, 0, 0x9d, 1, 0x2a, 37, 0, 21, 0])],
    ['WebP', riff('VP8L', [0x2f, bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, (bits >> 24) & 255])],
    ['WebP', riff('VP8X', [0, 0, 0, 0, 36, 0, 0, 20, 0, 0])],
    ['GIF', gif(37, 21, 30, 20)],
  ])('contains the size of a %s', async (format, made) => {
    const bytes = await made;
    expect(readHeader(bytes)).toEqual({ format, width: 37, height: 21 });
    // truncated anywhere it is invalid or the same, never different or an exception
    for (let length = 0; length < bytes.length; length++) {
      const found = readHeader(bytes.slice(0, length));
      if (found) expect(found).toEqual({ format, width: 37, height: 21 });
    }
  });

  test('contains the size of a BMP with either header type', () => {
    const bmp = new Uint8Array(64);
    bmp.set([0x42, 0x4d]);
    const view = new DataView(bmp.buffer);
    view.setUint32(14, 40, true);
    view.setInt32(18, 37, true);
    view.setInt32(22, -21, true);
    expect(readHeader(bmp)).toEqual({ format: 'BMP', width: 37, height: 21 });
    view.setUint32(14, 12, true);
    view.setUint16(18, 5, true);
    view.setUint16(20, 6, true);
    expect(readHeader(bmp)).toEqual({ format: 'BMP', width: 5, height: 6 });
  });

  test('of a GIF counts its first frame if that is larger than the screen', () => {
    expect(readHeader(gif(1, 1, 65_531, 65_535))).toEqual({ format: 'GIF', width: 65_535, height: 65_535 });
    expect(() => requirePicture(gif(1, 1, 65_531, 65_535), 'a.gif')).toThrow(/at most 100 million/);
  });

  test('that claims too much, or is invalid, is an error of one sentence', async () => {
    const bytes = await png();
    new DataView(bytes.buffer).setUint32(16, 1_000_000);
    new DataView(bytes.buffer).setUint32(20, 1_000_000);
    expect(() => requirePicture(bytes, 'a.png')).toThrow(/a\.png: the picture has 1000000×1000000 pixels/);
    expect(() => requirePicture(new Uint8Array(0), 'b')).toThrow(/b: expected a PNG/);
    expect(() => requirePicture(new TextEncoder().encode('II*\0........'), 'c.tif')).toThrow(/TIFF/);
  });

  test('of random bytes after a valid start never throws', () => {
    let seed = 1;
    const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) >>> 24;
    const starts = [[0xff, 0xd8], [0x42, 0x4d], ascii('GIF89a')];
    for (let n = 0; n < 2000; n++) {
      const bytes = Uint8Array.from({ length: n % 80 }, random);
      bytes.set(starts[n % 3]!.slice(0, bytes.length));
      expect(() => readHeader(bytes)).not.toThrow();
    }
  });
});
