import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { DataError } from '../src/index.js';
import { decodeMask, decodeRgb, readHeader } from '../src/node/index.js';
import { makeBmp } from './bmp.js';
import { GRAY, makePng } from './png.js';

const SIZE = 24;
/** Red and green ramps over a blue field. */
const ramp = Uint8Array.from({ length: SIZE * SIZE * 3 }, (_, i) => {
  const p = Math.floor(i / 3);
  return [(p % SIZE) * 10, Math.floor(p / SIZE) * 10, 90][i % 3]!;
});
const colour = () => sharp(ramp, { raw: { width: SIZE, height: SIZE, channels: 3 } });

async function message(bytes: Uint8Array): Promise<string> {
  const error: unknown = await decodeRgb(bytes, 'x').catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DataError);
  expect((error as DataError).message).not.toContain('\n');
  return (error as DataError).message;
}

describe('WebP and TIFF', () => {
  test.each([
    ['lossless WebP', () => colour().webp({ lossless: true })],
    ['TIFF', () => colour().tiff({ compression: 'none' })],
    ['TIFF with LZW', () => colour().tiff({ compression: 'lzw', predictor: 'horizontal' })],
    ['TIFF with deflate, tiled', () => colour().tiff({ compression: 'deflate', tile: true })],
    ['BigTIFF', () => colour().tiff({ compression: 'none', bigtiff: true })],
  ])('%s keeps every value', async (_, make) => {
    const { width, height, data } = await decodeRgb(await make().toBuffer(), 'x');
    expect([width, height]).toEqual([SIZE, SIZE]);
    expect([...data]).toEqual([...ramp]);
  });

  test.each([
    ['lossy WebP', () => colour().webp({ quality: 95 })],
    ['TIFF with JPEG inside', () => colour().tiff({ compression: 'jpeg', quality: 95 })],
  ])('%s is decoded within the loss of its compression', async (_, make) => {
    const bytes = await make().toBuffer();
    const { data } = await decodeRgb(bytes, 'x');
    const off = Array.from(data).reduce((sum, value, i) => sum + Math.abs(value - ramp[i]!), 0) / data.length;
    expect(off).toBeLessThan(6);
  });

  test('16-bit TIFF, gray and colour, loses its low byte; a mask keeps it', async () => {
    const gray = sharp(Uint16Array.of(0, 0x00ff, 0xab80, 0xffff), {
      raw: { width: 4, height: 1, channels: 1 },
    });
    const bytes = await gray.toColourspace('grey16').tiff({ compression: 'none' }).toBuffer();
    expect(await readHeader(bytes, 'x')).toMatchObject({ deep: true, channels: 'gray' });
    const values = (await decodeRgb(bytes, 'x')).data;
    expect([...values]).toEqual([0, 0, 0, 0, 0, 0, 0xab, 0xab, 0xab, 255, 255, 255]);
    expect([...(await decodeMask(bytes, 'x')).data]).toEqual([0, 1, 1, 1]);
    const rgb = sharp(Uint16Array.of(0x01ff, 0xab80, 0xffff), { raw: { width: 1, height: 1, channels: 3 } });
    const deep = await rgb.toColourspace('rgb16').tiff({ compression: 'lzw' }).toBuffer();
    expect(await readHeader(deep, 'x')).toMatchObject({ deep: true, channels: 'RGB' });
    expect([...(await decodeRgb(deep, 'x')).data]).toEqual([1, 0xab, 255]);
  });

  test('1-bit TIFF is black and white', async () => {
    const bits = sharp(Uint8Array.of(0, 255, 255, 0), { raw: { width: 4, height: 1, channels: 1 } });
    const bytes = await bits.toColourspace('b-w').tiff({ bitdepth: 1, compression: 'none' }).toBuffer();
    expect([...(await decodeMask(bytes, 'x')).data]).toEqual([0, 1, 1, 0]);
    expect((await decodeRgb(bytes, 'x')).data[3]).toBe(255);
  });

  test('values that are not integers are an error', async () => {
    const floats = sharp(Float32Array.of(0.5, 1), { raw: { width: 2, height: 1, channels: 1 } });
    const bytes = await floats
      .toColourspace('b-w')
      .raw({ depth: 'float' })
      .toBuffer({ resolveWithObject: true });
    const tiff = tiffOfFloats([bytes.data.readFloatLE(0), 1]);
    expect(await message(tiff)).toContain(
      'its values are of type "float"; save it with 8 or 16 bits per channel',
    );
  });

  test('a mask in a WebP or TIFF: exact if lossless, above half if lossy', async () => {
    const square = Uint8Array.from({ length: 64 * 64 }, (_, i) =>
      i % 64 > 20 && i % 64 < 43 && i > 1300 ? 255 : 0,
    );
    const mask = () => sharp(square, { raw: { width: 64, height: 64, channels: 1 } });
    const faint = sharp(
      square.map((value) => (value ? 3 : 0)),
      { raw: { width: 64, height: 64, channels: 1 } },
    );
    const ones = Array.from(square, (value) => value / 255);
    expect([...(await decodeMask(await faint.webp({ lossless: true }).toBuffer(), 'x')).data]).toEqual(ones);
    for (const bytes of [mask().webp({ quality: 90 }), mask().tiff({ compression: 'jpeg', quality: 80 })]) {
      expect([...(await decodeMask(await bytes.toBuffer(), 'x')).data]).toEqual(ones);
    }
  });
});

/** A little-endian TIFF of one row of 32-bit floats. */
function tiffOfFloats(values: number[]): Buffer {
  const tags: [tag: number, type: number, value: number][] = [
    [256, 4, values.length],
    [257, 4, 1],
    [258, 3, 32],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 0],
    [277, 3, 1],
    [278, 4, 1],
    [279, 4, values.length * 4],
    [339, 3, 3],
  ];
  const data = 8 + 2 + tags.length * 12 + 4;
  const bytes = Buffer.alloc(data + values.length * 4);
  bytes.write('II*\0', 'latin1');
  bytes.writeUInt32LE(8, 4);
  bytes.writeUInt16LE(tags.length, 8);
  tags.forEach(([tag, type, value], i) => {
    const at = 10 + i * 12;
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(type, at + 2);
    bytes.writeUInt32LE(1, at + 4);
    if (type === 3) bytes.writeUInt16LE(value, at + 8);
    else bytes.writeUInt32LE(tag === 273 ? data : value, at + 8);
  });
  values.forEach((value, i) => bytes.writeFloatLE(value, data + i * 4));
  return bytes;
}

describe('colour models', () => {
  test('a CMYK JPEG and a CMYK TIFF become RGB of about the same colours', async () => {
    for (const bytes of [
      await colour().toColourspace('cmyk').jpeg({ quality: 98 }).toBuffer(),
      await colour().toColourspace('cmyk').tiff({ compression: 'none' }).toBuffer(),
    ]) {
      expect((await readHeader(bytes, 'x')).channels).toBe('CMYK');
      const { width, height, data } = await decodeRgb(bytes, 'x');
      expect([width, height, data.length]).toEqual([SIZE, SIZE, SIZE * SIZE * 3]);
      const at = (x: number, y: number) => [...data.subarray((y * SIZE + x) * 3, (y * SIZE + x) * 3 + 3)];
      expect(at(SIZE - 1, 0)[0]! - at(0, 0)[0]!).toBeGreaterThan(120);
      expect(at(0, SIZE - 1)[1]! - at(0, 0)[1]!).toBeGreaterThan(60);
    }
  });

  test.each(['jpeg', 'png', 'webp', 'tiff'] as const)(
    'EXIF orientation of a %s is applied to a picture; its plain mask of the upright size still fits',
    async (format) => {
      const wide = sharp(Buffer.alloc(6 * 2 * 3, 99), { raw: { width: 6, height: 2, channels: 3 } });
      const bytes = await wide.withMetadata({ orientation: 6 }).toFormat(format).toBuffer();
      expect(await readHeader(bytes, 'x')).toMatchObject({ width: 2, height: 6 });
      const image = await decodeRgb(bytes, 'x');
      expect([image.width, image.height]).toEqual([2, 6]);
      const upright = makePng(2, 8, GRAY, [
        [1, 0],
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 0],
        [0, 1],
      ]);
      const mask = await decodeMask(upright, 'x');
      expect([mask.width, mask.height, ...mask.data]).toEqual([2, 6, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    },
  );
});

describe('BMP', () => {
  const blue = [200, 0, 0];
  const red = [0, 0, 100];
  const cases: [name: string, bytes: Buffer, want: number[]][] = [
    [
      '24 bits, bottom to top, padded rows',
      makeBmp({
        width: 1,
        height: 2,
        bits: 24,
        rows: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      }),
      [6, 5, 4, 3, 2, 1],
    ],
    [
      '24 bits, top to bottom',
      makeBmp({
        width: 1,
        height: -2,
        bits: 24,
        rows: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      }),
      [3, 2, 1, 6, 5, 4],
    ],
    [
      '32 bits, the fourth dropped',
      makeBmp({ width: 1, height: 1, bits: 32, rows: [[1, 2, 3, 77]] }),
      [3, 2, 1],
    ],
    [
      '32 bits with masks of their own',
      makeBmp({ width: 1, height: 1, bits: 32, rows: [[1, 2, 3, 4]], masks: [0xff000000, 0xff0000, 0xff00] }),
      [4, 3, 2],
    ],
    [
      '16 bits, 5 a channel',
      makeBmp({ width: 2, height: 1, bits: 16, rows: [[0x00, 0x7c, 0xff, 0x7f]] }),
      [255, 0, 0, 255, 255, 255],
    ],
    [
      '16 bits, 5, 6 and 5',
      makeBmp({ width: 1, height: 1, bits: 16, rows: [[0xe0, 0x07]], masks: [0xf800, 0x7e0, 0x1f] }),
      [0, 255, 0],
    ],
    [
      '8 bits with a short table and a gap before the pixels',
      makeBmp({ width: 3, height: 1, bits: 8, rows: [[1, 0, 1]], table: [blue, red], gap: 5 }),
      [100, 0, 0, 0, 0, 200, 100, 0, 0],
    ],
    [
      '4 bits',
      makeBmp({ width: 3, height: 1, bits: 4, rows: [[0x10, 0x10]], table: [blue, red] }),
      [100, 0, 0, 0, 0, 200, 100, 0, 0],
    ],
    [
      '1 bit',
      makeBmp({
        width: 3,
        height: 1,
        bits: 1,
        rows: [[0b01000000]],
        table: [
          [0, 0, 0],
          [255, 255, 255],
        ],
      }),
      [0, 0, 0, 255, 255, 255, 0, 0, 0],
    ],
    ['the OS/2 header', makeBmp({ width: 1, height: 1, bits: 24, rows: [[1, 2, 3]], core: true }), [3, 2, 1]],
  ];
  test.each(cases)('%s', async (_, bytes, want) => {
    const { width, height, data } = await decodeRgb(bytes, 'x');
    expect(width * height * 3).toBe(want.length);
    expect([...data]).toEqual(want);
    const mask = await decodeMask(bytes, 'x');
    const ones = Array.from(mask.data, (_, i) => (want.slice(i * 3, i * 3 + 3).some((v) => v > 0) ? 1 : 0));
    expect([...mask.data]).toEqual(ones);
  });

  const sound = {
    width: 4,
    height: 4,
    bits: 24,
    rows: Array.from({ length: 4 }, () => Array<number>(12).fill(5)),
  };
  const changed = (at: number, value: number) => {
    const bytes = makeBmp(sound);
    bytes.writeUInt32LE(value, at);
    return bytes;
  };
  test.each([
    ['cut short', makeBmp(sound).subarray(0, 80), 'need more bytes than the file has'],
    ['of its first bytes', makeBmp(sound).subarray(0, 30), 'the header is cut short'],
    ['that claims a giant picture', changed(18, 0x7fffffff), 'need more bytes than the file has'],
    ['of no width', changed(18, 0), '0x4 pixels'],
    ['whose pixels start in its header', changed(10, 20), 'start inside its header'],
    [
      'that is compressed',
      makeBmp({ ...sound, bits: 8, compression: 1, table: [[0, 0, 0]] }),
      'save it uncompressed',
    ],
    ['of 7 bits', makeBmp({ ...sound, bits: 7 }), '7 bits per pixel are not supported'],
    ['of an unknown header', changed(14, 200), 'a header of 200 bytes is unknown'],
    [
      'that uses a colour it lacks',
      makeBmp({ width: 1, height: 1, bits: 8, rows: [[9]], table: [blue] }),
      'colour 9 of a table of 1',
    ],
  ])('a bitmap %s is an error', async (_, bytes, reason) => {
    expect(await message(bytes)).toContain(reason);
  });
});

describe('rejected files', () => {
  test.each([
    [Buffer.alloc(0), 'the file is empty'],
    [Buffer.from('GIF89a'), 'it contains a GIF'],
    [Buffer.from('\0\0\0\x18ftypheic', 'latin1'), 'it contains HEIF, AVIF or a video'],
    [Buffer.from('%PDF-1.7'), 'it contains a PDF'],
    [Buffer.from('<svg/>'), 'it contains SVG, HTML or XML text'],
    [Buffer.from('version https://git-lfs.github.com/spec/v1'), 'a Git LFS pointer'],
    [Buffer.from('hello'), 'its first bytes match no known picture format'],
  ])('the error describes the file', async (bytes, reason) => {
    expect(await message(bytes)).toContain(reason);
  });

  test('a picture of too many pixels is rejected by its header, and so is one too large for its file', async () => {
    const resized = (side: number, filling: number) => {
      const bytes = Buffer.concat([makePng(side, 8, GRAY, [[0]]), Buffer.alloc(filling)]);
      bytes.writeUInt32BE(side, 20);
      bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
      return bytes;
    };
    expect(await message(resized(20_000, 400_000))).toBe(
      'x: the picture has 20000x20000 pixels, 400 million, and at most 200 million can be read: ' +
        'make it smaller or cut it into parts',
    );
    expect(await message(resized(10_000, 0))).toContain('the file is too small for the pixels in its header');
  });

  test('a flat PNG with maximum compression is read', async () => {
    const flat = sharp({ create: { width: 5000, height: 4000, channels: 3, background: '#000' } });
    const bytes = await flat.png({ compressionLevel: 9 }).toBuffer();
    expect(bytes.length).toBeLessThan(80_000);
    expect(await readHeader(bytes, 'x')).toMatchObject({ width: 5000, height: 4000 });
    const one = await sharp({ create: { width: 8000, height: 8000, channels: 3, background: '#fff' } })
      .png({ palette: true, colours: 2, compressionLevel: 9 })
      .toBuffer();
    expect(await readHeader(one, 'x')).toMatchObject({ width: 8000, height: 8000 });
  });
});
