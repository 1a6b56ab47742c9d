// A file that is cut, or an animation, is never taken for a picture.
import { encodePngRgb, encodeWebpRgb } from '@pyramid-mamba/data/node';
import { describe, expect, test } from 'vitest';
import type { PictureFormat } from '../src/engine/pictures/header.js';
import { fileFault } from '../src/engine/pictures/whole.js';

const ascii = (text: string) => [...text].map((c) => c.charCodeAt(0));
const image = {
  width: 37,
  height: 21,
  data: Uint8Array.from({ length: 37 * 21 * 3 }, (_, i) => (i * 37) % 251),
};

/** The markers of a progressive JPEG with a preview in its EXIF data, restarts and stuffed bytes; its pixels are none. */
const jpeg = [
  [0xff, 0xd8],
  [0xff, 0xe1, 0, 12, ...ascii('Exif\0\0'), 0xff, 0xd8, 0xff, 0xd9],
  [0xff, 0xff, 0xc2, 0, 11, 8, 0, 21, 0, 37, 1, 1, 0x11, 0],
  [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 1, 2, 0xff, 0, 3, 0xff, 0xd0, 4],
  [0xff, 0xc4, 0, 4, 1, 2],
  [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0, 9, 9],
  [0xff, 0xd9],
].flat();
const bmp = (bits: number, height: number, rows: number[]) => {
  const head = new DataView(new ArrayBuffer(54));
  head.setUint16(0, 0x424d);
  head.setUint32(10, 54, true);
  head.setUint32(14, 40, true);
  head.setInt32(18, 3, true);
  head.setInt32(22, height, true);
  head.setUint16(28, bits, true);
  return [...new Uint8Array(head.buffer), ...rows];
};
/** A frame with a table of its own. */
const frame = [0x2c, 0, 0, 0, 0, 2, 0, 2, 0, 0x80, 1, 1, 1, 2, 2, 2, 2, 3, 7, 7, 7, 0];
const gif = (frames: number, trailer: boolean) =>
  [
    ascii('GIF89a'),
    [2, 0, 2, 0, 0x80, 0, 0, 0, 0, 0, 9, 9, 9],
    [0x21, 0xfe, 2, ...ascii('ab'), 1, ...ascii('c'), 0],
    ...Array.from({ length: frames }, () => [0x21, 0xf9, 4, 0, 0, 0, 0, 0, ...frame]),
    trailer ? [0x3b] : [],
  ].flat();
const animatedPng = async (frames: number) => {
  const png = [...(await encodePngRgb(image))];
  const chunk = [0, 0, 0, 8, ...ascii('acTL'), 0, 0, 0, frames, 0, 0, 0, 0, 0, 0, 0, 0];
  return [...png.slice(0, 33), ...chunk, ...png.slice(33)];
};
const riff = (frames: number) => {
  const body = Array.from({ length: frames }, () => [...ascii('ANMF'), 3, 0, 0, 0, 1, 2, 3, 0]).flat();
  return [...ascii('RIFF'), 4 + body.length, 0, 0, 0, ...ascii('WEBP'), ...body];
};

describe('a file', () => {
  const whole: [PictureFormat, number[] | Promise<Iterable<number>>][] = [
    ['PNG', encodePngRgb(image)],
    ['JPEG', jpeg],
    ['WebP', encodeWebpRgb(image)],
    ['BMP', bmp(24, -2, Array<number>(12 + 9).fill(1))],
    ['GIF', gif(1, false)],
  ];
  test.each(whole)(
    'of one %s is whole, whatever follows, and cut wherever it ends earlier',
    async (format, made) => {
      const bytes = Uint8Array.from(await made);
      expect(fileFault(bytes, format)).toBeUndefined();
      const more = Uint8Array.of(...bytes, ...(format === 'GIF' ? [0x3b] : [0xff, 0xd8, 1, 2, 3]));
      expect(fileFault(more, format)).toBeUndefined();
      for (let length = 0; length < bytes.length; length++)
        expect(fileFault(bytes.subarray(0, length), format), `${length} bytes`).toBe('cut');
    },
  );

  test.each<[PictureFormat, (pictures: number) => number[] | Promise<number[]>]>([
    ['PNG', animatedPng],
    ['WebP', riff],
    ['GIF', (pictures) => gif(pictures, true)],
  ])('of several pictures in a %s is an animation', async (format, made) => {
    expect(fileFault(Uint8Array.from(await made(1)), format)).toBeUndefined();
    expect(fileFault(Uint8Array.from(await made(3)), format)).toBe('animated');
  });

  test('whose rows are compressed is for the decoder to judge', () => {
    const packed = Uint8Array.from(bmp(8, 100, []));
    expect(fileFault(packed, 'BMP')).toBe('cut');
    packed[30] = 1;
    expect(fileFault(packed, 'BMP')).toBeUndefined();
  });
});
