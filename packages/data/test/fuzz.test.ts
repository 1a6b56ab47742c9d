// Readers with damaged input must return a valid result or throw a DataError of one sentence, and not crash, hang or exceed
// the memory of the pixel limit. FUZZ=full runs 100,000 inputs per reader; the default is a few hundred.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { afterAll, describe, expect, test } from 'vitest';
import { DataError, seededRandom } from '../src/index.js';
import { decodeMask, decodeRgb, openFolder } from '../src/node/index.js';
import { MAX_PIXELS } from '../src/node/decoding/sharp.js';
import { makeBmp } from './bmp.js';
import { bmpPicture, COPIES, Home, picture, realIadList } from './copies.js';

const FULL = process.env.FUZZ === 'full';
const ROUNDS = FULL ? 100_000 : 300;
const TIMEOUT = FULL ? 6 * 3_600_000 : 120_000;
/** Maximum time per input, in milliseconds; usual is a few. */
const SLOWEST = 20_000;
/** A picture at the limit as RGB, once in the library and once here. */
const MOST_MEMORY = MAX_PIXELS * 3 * 2;

type Random = () => number;
const below = (random: Random, count: number) => Math.floor(random() * count);

/** Edge values for sizes and counts. */
const EDGES = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];

/** One to four random changes: bits, bytes, edge values of two or four bytes, cuts, repeats, pieces of another input. */
function mutate(bytes: Uint8Array, other: Uint8Array, random: Random): Buffer {
  let out = Buffer.from(bytes);
  for (let n = below(random, 4); n >= 0 && out.length > 8; n--) {
    // headers are at the start: half of the changes go there
    const at = below(random, random() < 0.5 ? Math.min(out.length, 64) : out.length);
    const edge = EDGES[below(random, EDGES.length)]!;
    const length = 1 + below(random, 32);
    switch (below(random, 8)) {
      case 0:
        out[at]! ^= 1 << below(random, 8);
        break;
      case 1:
        out[at] = below(random, 256);
        break;
      case 2:
        if (at + 4 <= out.length) out[random() < 0.5 ? 'writeUInt32LE' : 'writeUInt32BE'](edge, at);
        break;
      case 3:
        if (at + 2 <= out.length) out[random() < 0.5 ? 'writeUInt16LE' : 'writeUInt16BE'](edge & 0xffff, at);
        break;
      case 4:
        out = out.subarray(0, at);
        break;
      case 5:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at + length)]);
        break;
      case 6:
        out = Buffer.concat([out.subarray(0, at), out.subarray(at, at + length), out.subarray(at)]);
        break;
      default:
        out = Buffer.concat([
          out.subarray(0, at),
          other.subarray(at, at + length),
          out.subarray(at + length),
        ]);
    }
  }
  return Buffer.from(out);
}

/** Corrects the checksums of a PNG's chunks, so that the code after the check is reached. */
function mendPng(bytes: Buffer): Buffer {
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 8 + bytes.readUInt32BE(at);
    if (end + 4 > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, end)), end);
    at = end + 4;
  }
  return bytes;
}

interface Tally {
  rejected: number;
  read: number;
  slowest: number;
}

const tallies: Record<string, Tally> = {};
afterAll(() => {
  if (!FULL) return;
  const peak = Math.round(process.resourceUsage().maxRSS / 1024);
  console.log(`fuzz: peak memory of the process ${peak} MiB`, tallies);
});

/** Runs one input; `check` checks the result, and an exception must be a DataError in one line. */
async function attempt<T>(tally: Tally, run: () => Promise<T>, check: (result: T) => void, what: string) {
  const start = performance.now();
  let result: T;
  try {
    result = await run();
  } catch (error) {
    tally.rejected++;
    expect(error, what).toBeInstanceOf(DataError);
    const { message } = error as DataError;
    expect(message, what).not.toMatch(/[\n\r\0]/);
    expect(message.length, what).toBeLessThan(2000);
    return;
  } finally {
    const took = performance.now() - start;
    tally.slowest = Math.max(tally.slowest, Math.round(took));
    expect(took, what).toBeLessThan(SLOWEST);
  }
  tally.read++;
  check(result);
}

const size = { width: 24, height: 18 };
const noise = (seed: number) => {
  const random = seededRandom('fuzz picture', seed);
  const data = Uint8Array.from(
    { length: size.width * size.height * 3 },
    (_, i) => (i % 64) * 2 + random() * 99,
  );
  return sharp(data, { raw: { ...size, channels: 3 } });
};

const PICTURES: Record<string, () => Promise<Uint8Array[]>> = {
  PNG: async () => [
    picture(1),
    await noise(1).png().toBuffer(),
    await noise(2).png({ palette: true }).toBuffer(),
    await noise(3).toColourspace('rgb16').png().toBuffer(),
    await noise(4).withMetadata({ orientation: 6 }).png().toBuffer(),
  ],
  JPEG: async () => [
    await noise(1).jpeg().toBuffer(),
    await noise(2).jpeg({ progressive: true }).toBuffer(),
    await noise(3).greyscale().jpeg().toBuffer(),
    await noise(4).toColourspace('cmyk').jpeg().toBuffer(),
    await noise(5).withMetadata({ orientation: 8 }).jpeg().toBuffer(),
  ],
  WebP: async () => [
    await noise(1).webp().toBuffer(),
    await noise(2).webp({ lossless: true }).toBuffer(),
    await noise(3).ensureAlpha(0.5).webp().toBuffer(),
    await noise(4).withMetadata({ orientation: 3 }).webp().toBuffer(),
  ],
  TIFF: async () => [
    await noise(1).tiff({ compression: 'none' }).toBuffer(),
    await noise(2).tiff({ compression: 'lzw', predictor: 'horizontal' }).toBuffer(),
    await noise(3).tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer(),
    await noise(4).tiff({ compression: 'jpeg' }).toBuffer(),
    await noise(5).toColourspace('b-w').tiff({ bitdepth: 1, compression: 'ccittfax4' }).toBuffer(),
    await noise(6).toColourspace('rgb16').tiff({ compression: 'none', bigtiff: true }).toBuffer(),
  ],
  BMP: async () => [
    bmpPicture(1),
    makeBmp({
      width: 3,
      height: -2,
      bits: 8,
      rows: [
        [1, 0, 1],
        [0, 1, 0],
      ],
      table: [
        [9, 8, 7],
        [1, 2, 3],
      ],
      gap: 4,
    }),
    makeBmp({ width: 2, height: 1, bits: 16, rows: [[1, 2, 3, 4]], masks: [0xf800, 0x7e0, 0x1f] }),
    makeBmp({
      width: 9,
      height: 2,
      bits: 1,
      rows: [
        [0xaa, 0x80],
        [0x55, 0],
      ],
      table: [
        [0, 0, 0],
        [255, 255, 255],
      ],
    }),
    bmpPicture(2),
  ],
};

describe.each(Object.entries(PICTURES))('%s', (format, make) => {
  test(
    `${ROUNDS} damaged files are read or rejected with one sentence`,
    async () => {
      const seeds = await make();
      const tally = (tallies[format] = { rejected: 0, read: 0, slowest: 0 });
      const before = process.resourceUsage().maxRSS * 1024;
      for (let i = 0; i < ROUNDS; i++) {
        const random = seededRandom('fuzz', format, i);
        const [base, other] = [below(random, seeds.length), below(random, seeds.length)];
        const bytes = mutate(seeds[base]!, seeds[other]!, random);
        if (format === 'PNG' && random() < 0.7) mendPng(bytes);
        const what = `${format} ${i}`;
        const isMask = i % 2 === 1;
        await attempt(
          tally,
          () => (isMask ? decodeMask(bytes, 'x') : decodeRgb(bytes, 'x')),
          ({ width, height, data }) => {
            expect(width * height, what).toBeLessThanOrEqual(MAX_PIXELS);
            expect(data.length, what).toBe(width * height * (isMask ? 1 : 3));
          },
          what,
        );
      }
      expect(tally.rejected + tally.read).toBe(ROUNDS);
      expect(tally.rejected).toBeGreaterThan(ROUNDS / 10);
      expect(tally.read).toBeGreaterThan(0);
      expect(process.resourceUsage().maxRSS * 1024 - before).toBeLessThan(MOST_MEMORY);
    },
    TIMEOUT,
  );
});

/** Texts that break readers of lists. */
const WORDS = [
  '',
  '"',
  '""',
  '\0',
  '\n',
  '\r\n',
  ',',
  '../../x.png',
  '/x.png',
  'C:\\x.png',
  '__proto__',
  '{',
  '}',
  '[',
  ']',
  'null',
  '1e999',
  '\ufeff',
  '😀',
  '\ud800',
  'a'.repeat(300) + '.png',
  'constructor',
  'train',
  'anomaly',
  'OK',
  'x.png/../y.png',
  'x\n.png',
  '[[[[[[[[[[[[[[[[',
];

function mutateText(text: string, random: Random): string {
  let out = text;
  for (let n = below(random, 4); n >= 0; n--) {
    const at = below(random, out.length + 1);
    const length = below(random, 12);
    const word = WORDS[below(random, WORDS.length)]!;
    const kind = below(random, 5);
    if (kind === 0) out = out.slice(0, at) + word + out.slice(at);
    else if (kind === 1) out = out.slice(0, at) + out.slice(at + length);
    else if (kind === 2) out = out.slice(0, at) + String.fromCharCode(below(random, 128)) + out.slice(at + 1);
    else if (kind === 3) out = out.slice(0, at) + out.slice(Math.max(0, at - 80), at) + out.slice(at);
    else {
      // a whole value: between quotes in JSON, between commas in CSV
      const values = [...out.matchAll(/(?<=[",\n])[^",\n]+(?=[",\n])/g)];
      const value = values[below(random, values.length)];
      if (value) out = out.slice(0, value.index) + word + out.slice(value.index + value[0].length);
    }
  }
  return random() < 0.05 ? out.slice(0, below(random, out.length)) : out;
}

const LISTS = {
  CSV: { copy: COPIES['VisA, raw']!, path: 'split_csv/1cls.csv' },
  JSON: { copy: COPIES['Real-IAD']!, path: 'realiad_jsons/realiad_jsons/toy.json' },
};

describe.each(Object.entries(LISTS))('a list in %s', (format, { copy, path }) => {
  test(
    `${ROUNDS} damaged lists are read or rejected with one sentence`,
    async () => {
      const home = new Home();
      try {
        await copy.build(home);
        const sound =
          format === 'JSON' ? JSON.stringify(realIadList) : readFileSync(join(home.root, path), 'utf8');
        const tally = (tallies[format] = { rejected: 0, read: 0, slowest: 0 });
        for (let i = 0; i < ROUNDS; i++) {
          const random = seededRandom('fuzz', format, i);
          const what = `${format} ${i}`;
          home.put(path, mutateText(sound, random));
          await attempt(
            tally,
            () => openFolder(home.root, { layout: copy.layout }),
            ({ dataset }) => {
              const all = [...dataset.train, ...dataset.test];
              expect(new Set(all.map(({ id }) => id)).size, what).toBe(all.length);
              for (const { id } of all) expect(id, what).not.toMatch(/^\/|\.\.\/|[\\\n\0]/);
            },
            what,
          );
        }
        expect(tally.rejected + tally.read).toBe(ROUNDS);
        expect(tally.rejected).toBeGreaterThan(ROUNDS / 2);
        expect(tally.read).toBeGreaterThan(0);
      } finally {
        home.remove();
      }
    },
    TIMEOUT,
  );
});
