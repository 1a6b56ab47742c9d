// What `data check` asks of masks that can be decoded but are not what was meant, and of pictures saved again.
import { join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkDataset, openFolder } from '../src/node/index.js';
import { Home, picture } from './copies.js';

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.remove());

const SIDE = 96;

/** The values of a disc in the middle, `inside` on `outside`. */
const disc = (
  inside: number,
  outside: number,
  channels: 1 | 4 = 1,
  alpha?: (isInside: boolean) => number,
) => {
  const data = new Uint8Array(SIDE * SIDE * channels);
  for (let i = 0; i < SIDE * SIDE; i++) {
    const isInside = Math.hypot((i % SIDE) - SIDE / 2, Math.floor(i / SIDE) - SIDE / 2) < 11;
    data.fill(isInside ? inside : outside, i * channels, (i + 1) * channels);
    if (alpha) data[i * 4 + 3] = alpha(isInside);
  }
  return sharp(data, { raw: { width: SIDE, height: SIDE, channels } });
};

async function findings() {
  const report = await checkDataset(home.root);
  return report.findings.map(({ kind, severity, sentence }) => [
    kind,
    severity,
    sentence.replaceAll(home.root, 'ROOT'),
  ]);
}

async function questionsOf(name: string, bytes: Uint8Array) {
  home.put('good/1.png', picture(1, SIDE, SIDE));
  home.put('bad/2.png', picture(2, SIDE, SIDE));
  home.put(`masks/${name}`, bytes);
  return findings();
}

describe('a mask is questioned', () => {
  test('that is inverted', async () => {
    expect(await questionsOf('2.png', await disc(0, 255).toColourspace('b-w').png().toBuffer())).toEqual([
      [
        'odd-mask',
        'warning',
        'ROOT/masks/2.png marks 96 % of its pixels: masks are 0 where the picture is good; if it is inverted, save it inverted',
      ],
    ]);
  });

  test('whose defect is drawn in alpha', async () => {
    const bytes = await disc(255, 255, 4, (isInside) => (isInside ? 255 : 0))
      .png()
      .toBuffer();
    const [[kind, severity, sentence], ...others] = (await questionsOf('2.png', bytes)) as [string[]];
    expect([kind, severity, others]).toEqual(['odd-mask', 'warning', []]);
    expect(sentence).toMatch(
      /^ROOT\/masks\/2\.png has an alpha channel, which is ignored: its colours alone mark the defect/,
    );
  });

  test('a PNG made of a mask that was saved as JPEG', async () => {
    const jpeg = await disc(255, 0).jpeg({ quality: 70 }).toBuffer();
    const [[kind, , sentence]] = (await questionsOf('2.png', await sharp(jpeg).png().toBuffer())) as [
      string[],
    ];
    expect(kind).toBe('odd-mask');
    expect(sentence).toMatch(
      /holds \d+ different values above 0, and all of them count as marked: .* or saved as JPEG before/,
    );
  });

  test('a mask of 0 and 1 saved as JPEG', async () => {
    const [[kind, , sentence]] = (await questionsOf('2.jpg', await disc(1, 0).jpeg().toBuffer())) as [
      string[],
    ];
    // where nothing at all is left of it, it is an empty mask
    expect(['odd-mask', 'empty-mask']).toContain(kind);
    if (kind === 'odd-mask')
      expect(sentence).toMatch(/is compressed with losses and at most \d+ of 255 bright/);
    const bright = (await questionsOf('2.jpg', await disc(9, 0).jpeg().toBuffer())) as [string[]];
    expect(bright[0][2]).toMatch(
      /is compressed with losses and at most \d+ of 255 bright, so that little of what was drawn is left/,
    );
  });

  test.each([
    ['white on black', () => disc(255, 0).png()],
    ['0 and 1', () => disc(1, 0).png()],
    ['an opaque alpha channel', () => disc(255, 0, 4, () => 255).png()],
    ['a JPEG of white on black', () => disc(255, 0).jpeg()],
    ['a lossless WebP', () => disc(255, 0).webp({ lossless: true })],
  ])('but not %s', async (_, made) => {
    const name = _.includes('JPEG') ? '2.jpg' : _.includes('WebP') ? '2.webp' : '2.png';
    expect(await questionsOf(name, await made().toBuffer())).toEqual([]);
  });
});

test.each([
  ['images-masks', 'images/2.png', 'masks/2.png'],
  ['a product', 'bolt/images/2.png', 'bolt/masks/2.png'],
  ['flat', '2.png', '2_mask.png'],
])('a defect drawn in alpha, black on transparent, makes no picture good: %s', async (_, broken, itsMask) => {
  const black = (paint: (isInside: boolean) => number) => disc(0, 0, 4, paint).png().toBuffer();
  const other = (path: string) => path.replace('2', '1');
  home.put(other(broken), picture(1, SIDE, SIDE));
  home.put(other(itsMask), await black(() => 255));
  home.put(broken, picture(2, SIDE, SIDE));
  home.put(itsMask, await black((isInside) => (isInside ? 255 : 0)));
  await expect(openFolder(home.root)).rejects.toThrow(
    /2(_mask)?\.png is black with transparent parts, so the label of its picture is unknown: .* save the mask without alpha/,
  );
  expect((await findings()).filter(([, severity]) => severity === 'error')).toHaveLength(1);
});

describe('a training picture saved again in test/good', () => {
  /** Noise with a shape, as a camera sees a part. */
  const photo = (seed: number) => {
    const data = new Uint8Array(SIDE * SIDE * 3);
    for (let i = 0; i < data.length; i++) {
      const [x, y] = [Math.floor(i / 3) % SIDE, Math.floor(i / 3 / SIDE)];
      const shape = Math.hypot(x - 40 - seed * 3, y - 50) < 25 ? 150 : 60;
      data[i] =
        shape +
        ((x * 31 + y * 17 + (i % 3) * 7 + seed * 13) % 23) +
        Math.round(20 * Math.sin((x + seed * 9) / 7));
    }
    return sharp(data, { raw: { width: SIDE, height: SIDE, channels: 3 } });
  };

  test.each(['TIFF', 'webp', 'another PNG'])(
    'with every pixel as it was, as %s, is the same picture',
    async (form) => {
      for (const i of [1, 2, 3]) home.put(`gear/train/good/${i}.png`, await photo(i).png().toBuffer());
      const [name, bytes] = form.includes('TIFF')
        ? ['9.tif', await photo(2).tiff({ compression: 'lzw' }).toBuffer()]
        : form === 'webp'
          ? ['9.webp', await photo(2).webp({ lossless: true }).toBuffer()]
          : ['9.png', await photo(2).png({ compressionLevel: 1, adaptiveFiltering: true }).toBuffer()];
      home.put(`gear/test/good/${name}`, bytes);
      expect(await findings()).toEqual([
        [
          'train-and-test',
          'error',
          `ROOT/gear/test/good/${name} is the same picture as ROOT/gear/train/good/2.png: a test picture must not be used in training; remove one`,
        ],
      ]);
    },
  );

  test('as JPEG is questioned, and other pictures are not', async () => {
    for (const i of [1, 2, 3]) home.put(`gear/train/good/${i}.png`, await photo(i).png().toBuffer());
    home.put('gear/test/good/8.jpg', await photo(2).jpeg({ quality: 80 }).toBuffer());
    home.put('gear/test/good/9.jpg', await photo(5).jpeg({ quality: 80 }).toBuffer());
    expect(await findings()).toEqual([
      [
        'looks-trained',
        'warning',
        `ROOT/gear/test/good/8.jpg looks like a training picture (${join('ROOT', 'gear/train/good/2.png')}), as if it was saved again: ` +
          'a test picture must not be used in training; remove one if they are the same',
      ],
    ]);
  });
});
