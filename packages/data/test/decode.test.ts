import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { DataError } from '../src/index.js';
import { decodeMask, decodeRgb, encodePngGray, encodePngRgb, readHeader } from '../src/node/index.js';
import { GRAY, GRAY_ALPHA, makePng, PALETTE, RGB, RGBA } from './png.js';

/** A gray TIFF of pages of these widths and heights (TIFF 6.0, section 4). */
function tiffOf(...pages: readonly (readonly [width: number, height: number])[]): Buffer {
  const parts: Buffer[] = [Buffer.from('II*\0\0\0\0\0', 'latin1')];
  let at = 8;
  /** Where the place of the next directory is to be written. */
  let link = { part: parts[0]!, offset: 4 };
  for (const [width, height] of pages) {
    const pixels = Buffer.alloc(width * height + ((width * height) % 2), 7);
    const tags = [
      [256, width],
      [257, height],
      [258, 8],
      [259, 1],
      [262, 1],
      [273, at],
      [277, 1],
      [278, height],
      [279, width * height],
    ] as const;
    const directory = Buffer.alloc(2 + 12 * tags.length + 4);
    directory.writeUInt16LE(tags.length, 0);
    for (const [i, [tag, value]] of tags.entries()) {
      directory.writeUInt16LE(tag, 2 + 12 * i);
      directory.writeUInt16LE(4, 4 + 12 * i);
      directory.writeUInt32LE(1, 6 + 12 * i);
      directory.writeUInt32LE(value, 10 + 12 * i);
    }
    at += pixels.length;
    link.part.writeUInt32LE(at, link.offset);
    link = { part: directory, offset: directory.length - 4 };
    at += directory.length;
    parts.push(pixels, directory);
  }
  return Buffer.concat(parts);
}

const grid = Array.from({ length: 40 }, (_, y) =>
  Array.from({ length: 40 }, (_, x) => (x * 7 + y * y * 3) % 256),
);

describe('decodeRgb', () => {
  const cases: [name: string, png: Buffer, want: number[]][] = [
    ['1-bit gray', makePng(3, 1, GRAY, [[0b01000000]]), [0, 0, 0, 255, 255, 255, 0, 0, 0]],
    ['2-bit gray', makePng(2, 2, GRAY, [[0b01100000]]), [85, 85, 85, 170, 170, 170]],
    ['8-bit gray', makePng(2, 8, GRAY, [[9, 200]]), [9, 9, 9, 200, 200, 200]],
    ['8-bit RGB', makePng(2, 8, RGB, [[1, 2, 3, 4, 5, 6]]), [1, 2, 3, 4, 5, 6]],
    [
      'RGBA, alpha dropped and not blended',
      makePng(2, 8, RGBA, [[1, 2, 3, 0, 4, 5, 6, 128]]),
      [1, 2, 3, 4, 5, 6],
    ],
    ['gray with alpha', makePng(2, 8, GRAY_ALPHA, [[10, 0, 20, 255]]), [10, 10, 10, 20, 20, 20]],
    [
      'palette with transparency',
      makePng(
        2,
        8,
        PALETTE,
        [[1, 0]],
        [
          ['PLTE', [1, 2, 3, 40, 50, 60]],
          ['tRNS', [0, 128]],
        ],
      ),
      [40, 50, 60, 1, 2, 3],
    ],
    ['16-bit gray, low byte lost', makePng(2, 16, GRAY, [[0, 255, 0xab, 0x80]]), [0, 0, 0, 0xab, 0xab, 0xab]],
    ['16-bit RGB, low byte lost', makePng(1, 16, RGB, [[1, 255, 0xab, 0x80, 255, 255]]), [1, 0xab, 255]],
    [
      'a gamma chunk, not applied',
      makePng(1, 8, RGB, [[10, 20, 30]], [['gAMA', [0, 0, 0x80, 0]]]),
      [10, 20, 30],
    ],
  ];
  test.each(cases)('%s', async (_, png, want) => {
    const { width, height, data } = await decodeRgb(png, 'a.png');
    expect([width, height]).toEqual([want.length / 3, 1]);
    expect([...data]).toEqual(want);
  });

  test('of several pictures in one file none is read, or what the others show would go unseen; a thumbnail is none', async () => {
    const apng = (frames: number) =>
      makePng(2, 8, GRAY, [[9, 200]], [['acTL', [0, 0, 0, frames, 0, 0, 0, 0]]]);
    const level = (r: number) =>
      sharp({ create: { width: 4, height: 4, channels: 3, background: { r, g: 0, b: 0 } } })
        .png()
        .toBuffer();
    const webp = await sharp([await level(10), await level(200)], { join: { animated: true } })
      .webp({ lossless: true })
      .toBuffer();
    for (const [file, what] of [
      [apng(3), 'is an animation of 3 pictures'],
      [webp, 'is an animation of 2 pictures'],
      [tiffOf([4, 3], [2, 1], [4, 3]), 'has several pages of one size'],
    ] as const) {
      const refused = `part: the file ${what}, and only the first of them would be looked at: save each one as a file of its own`;
      await expect(decodeRgb(file, 'part')).rejects.toThrow(new DataError(refused));
      await expect(decodeMask(file, 'part')).rejects.toThrow(new DataError(refused));
    }
    expect([...(await decodeRgb(apng(1), 'part')).data]).toEqual([9, 9, 9, 200, 200, 200]);
    expect(await decodeRgb(tiffOf([4, 3], [2, 1]), 'part')).toMatchObject({ width: 4, height: 3 });
  });

  test('a colour profile changes no pixel', async () => {
    const plain = Buffer.from(Array.from({ length: 48 }, (_, i) => i * 5));
    const raw = { width: 4, height: 4, channels: 3 } as const;
    const png = await sharp(plain, { raw }).withIccProfile('p3').png().toBuffer();
    expect((await sharp(png).metadata()).icc).toBeDefined();
    // writing converted the values to the profile; reading without it must return the stored ones, not the originals
    const stored = await sharp(png, { ignoreIcc: true }).raw().toBuffer();
    expect(stored.equals(plain)).toBe(false);
    expect([...(await decodeRgb(png, 'p3.png')).data]).toEqual([...stored]);
  });

  test('colour and gray JPEG are decoded within the loss of their compression', async () => {
    const flat = sharp({
      create: { width: 20, height: 12, channels: 3, background: { r: 160, g: 80, b: 40 } },
    });
    const colour = await decodeRgb(await flat.clone().jpeg({ quality: 95 }).toBuffer(), 'a.jpg');
    expect([colour.width, colour.height, colour.data.length]).toEqual([20, 12, 720]);
    colour.data.forEach((value, i) => expect(Math.abs(value - [160, 80, 40][i % 3]!)).toBeLessThanOrEqual(3));
    const gray = await decodeRgb(await flat.clone().greyscale().jpeg().toBuffer(), 'a.jpg');
    for (let i = 0; i < gray.data.length; i += 3) {
      expect(gray.data[i + 1]).toBe(gray.data[i]);
      expect(gray.data[i + 2]).toBe(gray.data[i]);
    }
  });

  test('a photo rotated by its EXIF orientation is decoded upright, and so is its mask', async () => {
    const wide = sharp(Buffer.from([255, 0, 0, 0]), { raw: { width: 4, height: 1, channels: 1 } });
    const turned = await wide.png().withMetadata({ orientation: 6 }).toBuffer();
    expect(await readHeader(turned, 'a.png')).toMatchObject({ width: 1, height: 4 });
    const image = await decodeRgb(turned, 'a.png');
    expect([image.width, image.height]).toEqual([1, 4]);
    const mask = await decodeMask(turned, 'a.png');
    expect([mask.width, mask.height, ...mask.data]).toEqual([1, 4, 1, 0, 0, 0]);
  });
});

describe('decodeMask', () => {
  const cases: [name: string, png: Buffer, want: number[]][] = [
    ['1-bit gray', makePng(3, 1, GRAY, [[0b01100000]]), [0, 1, 1]],
    ['8-bit gray with defect numbers', makePng(4, 8, GRAY, [[0, 1, 2, 255]]), [0, 1, 1, 1]],
    ['RGB, only one channel', makePng(4, 8, RGB, [[0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]]), [0, 1, 1, 1]],
    ['RGBA: alpha is not a defect', makePng(2, 8, RGBA, [[0, 0, 0, 255, 9, 0, 0, 0]]), [0, 1]],
    ['gray with alpha', makePng(2, 8, GRAY_ALPHA, [[0, 255, 1, 0]]), [0, 1]],
    [
      'palette: colours count, not indices',
      makePng(2, 8, PALETTE, [[1, 0]], [['PLTE', [0, 0, 7, 0, 0, 0]]]),
      [0, 1],
    ],
    ['16-bit gray with the value 1', makePng(3, 16, GRAY, [[0, 0, 0, 1, 255, 255]]), [0, 1, 1]],
    ['16-bit RGB with the value 1', makePng(2, 16, RGB, [[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]]), [0, 1]],
    ['16-bit RGBA: alpha is not a defect', makePng(1, 16, RGBA, [[0, 0, 0, 0, 0, 0, 255, 255]]), [0]],
  ];
  test.each(cases)('%s', async (_, png, want) => {
    const { width, height, data } = await decodeMask(png, 'a_mask.png');
    expect([width, height]).toEqual([want.length, 1]);
    expect([...data]).toEqual(want);
  });

  test('in a JPEG the ripples around an edge are not a defect', async () => {
    const size = 64;
    const ones = Uint8Array.from({ length: size * size }, (_, i) =>
      i % size >= 20 && i % size < 43 && i >= 21 * size && i < 37 * size ? 1 : 0,
    );
    const raw = { width: size, height: size, channels: 1 } as const;
    for (const bright of [255, 120]) {
      const jpeg = await sharp(
        ones.map((one) => one * bright),
        { raw },
      )
        .jpeg({ quality: 75 })
        .toBuffer();
      const values = await sharp(jpeg).raw().toBuffer();
      expect(values.some((value) => value > 0 && value < bright / 4)).toBe(true);
      expect([...(await decodeMask(jpeg, 'a.jpg')).data]).toEqual([...ones]);
    }
    const black = await sharp(new Uint8Array(size * size), { raw })
      .jpeg()
      .toBuffer();
    expect((await decodeMask(black, 'a.jpg')).data.every((value) => value === 0)).toBe(true);
  });
});

describe('damaged files', () => {
  const png = makePng(40, 8, GRAY, grid);
  const flipped = Buffer.from(png);
  flipped[png.length - 100]! ^= 0x55;
  const cases: [name: string, bytes: () => Promise<Uint8Array> | Uint8Array][] = [
    ['a truncated PNG', () => png.subarray(0, png.length - 200)],
    ['a PNG with a changed byte', () => flipped],
    ['a PNG of its first bytes only', () => png.subarray(0, 20)],
    ['an empty file', () => new Uint8Array(0)],
    ['text', () => Buffer.from('not a picture')],
    ['an SVG', () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="2" height="2"/>')],
    ['a GIF', () => sharp(png).gif().toBuffer()],
    [
      'a truncated JPEG',
      async () => {
        const jpeg = await sharp(png).jpeg().toBuffer();
        return jpeg.subarray(0, jpeg.length / 2);
      },
    ],
  ];
  test.each(cases)('%s gives one sentence with the path', async (_, make) => {
    const bytes = await make();
    for (const decode of [decodeRgb, decodeMask]) {
      const error: unknown = await decode(bytes, 'some/dir/000.png').catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(DataError);
      const { message } = error as DataError;
      expect(message).toMatch(
        /^some\/dir\/000\.png: the picture cannot be decoded \(.+\); .*replace or remove it$/,
      );
      expect(message).not.toContain('\n');
    }
  });
});

describe('encoding', () => {
  test('a colour PNG read back has the same bytes', async () => {
    const data = Uint8ClampedArray.from({ length: 5 * 3 * 3 }, (_, i) => (i * 37) % 256);
    const got = await decodeRgb(await encodePngRgb({ width: 5, height: 3, data }), 'a.png');
    expect(got).toMatchObject({ width: 5, height: 3 });
    expect([...got.data]).toEqual([...data]);
  });

  test('a gray PNG has one channel and keeps its values, also from the middle of a buffer', async () => {
    const data = Uint8Array.of(99, 99, 0, 1, 2, 255).subarray(2);
    const png = await encodePngGray({ width: 2, height: 2, data });
    expect(await sharp(png).metadata()).toMatchObject({ channels: 1, width: 2, height: 2 });
    const got = await decodeRgb(png, 'a.png');
    expect([...got.data].filter((_, i) => i % 3 === 0)).toEqual([0, 1, 2, 255]);
  });

  test('data of another length are an error', async () => {
    await expect(encodePngRgb({ width: 2, height: 2, data: new Uint8Array(4) })).rejects.toThrow(
      'has 12 values, got 4',
    );
  });
});
