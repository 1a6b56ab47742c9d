import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { anomalyMap } from '@pyramid-mamba/model';
import { describe, expect, test } from 'vitest';
import { partsOf, type RunFiles } from '@pyramid-mamba/runs';
import { readLevels } from '@pyramid-mamba/runs';
import { openRun } from '../src/run/openRun.js';
import { checkedPicture, pictureHeader } from '../src/run/pictureSize.js';
import { readPicture } from '../src/run/readPicture.js';
import { sameOriginFolder } from '@pyramid-mamba/runs';
import type { OpenRun } from '../src/run/types.js';

const example = fileURLToPath(new URL('../public/example/', import.meta.url));

/** The example's files, some of them replaced; null removes one. */
function files(over: Record<string, Uint8Array<ArrayBuffer> | string | null> = {}): RunFiles {
  return {
    name: 'first',
    find(path) {
      const place = example + partsOf(path).join('/');
      const given = over[path];
      if (given === null || (given === undefined && !existsSync(place))) return Promise.resolve(null);
      return Promise.resolve(new Blob([given ?? readFileSync(place)]));
    },
  };
}

/** The first picture, read. */
const first = async (run: OpenRun) => readPicture(await run.items[0]!.image());

const manifest = () =>
  JSON.parse(readFileSync(`${example}viewer/viewer.json`, 'utf8')) as {
    items: { picture: string; levels: string; mask: string | null }[];
  };

/** The header of a PNG that claims this many pixels. */
function pngOf(width: number, height: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(64);
  bytes.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]);
  const view = new DataView(bytes.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  return bytes;
}

describe('a run', () => {
  test('gives each picture exactly the map of its score', async () => {
    const run = await openRun(files());
    for (const item of run.items.slice(0, 8)) {
      const levels = await item.levels();
      const { maps, scores } = anomalyMap([levels!], run.input.height, run.input.width, run.sigma);
      expect(scores[0]).toBe(item.score);
      expect(maps[0]!.length).toBe(item.size.width * item.size.height);
      expect((await readPicture(await item.image())).type).toBe('image/webp');
      expect((await item.mask())?.type).toBe(item.label === 1 ? 'image/png' : undefined);
    }
    expect((await run.metrics())?.mean.image.auroc).toBeGreaterThan(0.9);
    expect((await run.curves())?.['tile']?.pro[0]).toHaveLength(3);
    expect((await run.model()).length).toBeGreaterThan(1e5);
  });

  test('that is invalid, or was not evaluated, is an error of one sentence', async () => {
    const nothing = { 'viewer/viewer.json': null, 'config.json': null };
    await expect(openRun(files(nothing))).rejects.toThrow(
      /^first is not a run: expected a folder with viewer\/viewer\.json/,
    );
    await expect(openRun(files({ 'viewer/viewer.json': null }))).rejects.toThrow(
      /^first is a run without viewer\/viewer\.json: .* run `pyramid-mamba evaluate` on it$/,
    );
  });

  test('without metrics, curves or a model is still a run', async () => {
    const run = await openRun(
      files({ 'metrics.json': null, 'curves.json': null, 'model.safetensors': null }),
    );
    expect(await run.metrics()).toBeNull();
    expect(await run.curves()).toBeNull();
    await expect(run.model()).rejects.toThrow(/first has no model\.safetensors; open the model file itself/);
  });

  test('with damaged results is an error that names the file', async () => {
    const run = await openRun(
      files({ 'metrics.json': '{"protocol":"paper"}', 'curves.json': '{"a":{"roc":[[9,0]]}}' }),
    );
    await expect(run.metrics()).rejects.toThrow(
      /^metrics\.json of first: expected a file written by `evaluate`, but mean: /,
    );
    await expect(run.curves()).rejects.toThrow(/^curves\.json of first: .*a\.roc\.0/);
  });

  test.each([
    '../../secret',
    '/etc/passwd',
    'pictures/../../x',
    'C:/x',
    'pictures\\..\\x',
    'pictures//x',
    './x',
    'a/\u0000',
  ])('with an item at %j is not opened', async (path) => {
    const said = manifest();
    said.items[5]!.picture = path;
    const hostile = files({ 'viewer/viewer.json': JSON.stringify(said) });
    await expect(openRun(hostile)).rejects.toThrow(/may not be read: expected names inside the run's folder/);
  });

  test('with levels of another length is rejected before they are read', async () => {
    const { levels, picture } = manifest().items[0]!;
    const open = async (bytes: Uint8Array<ArrayBuffer>) =>
      (await openRun(files({ [`viewer/${levels}`]: bytes }))).items[0]!.levels();
    await expect(open(new Uint8Array(5376 - 4))).rejects.toThrow(/expected 5376 bytes .* got 5372/);
    await expect(open(new Uint8Array(6000))).rejects.toThrow(/00000\.f32 has .* MiB, more than/);
    await expect(open(new Uint8Array(5376).fill(255))).rejects.toThrow(/not a finite number/);
    const gone = await openRun(files({ [`viewer/${picture}`]: null }));
    await expect(first(gone)).rejects.toThrow(/viewer\/pictures\/00000\.webp of first is missing/);
  });

  test('with a picture whose header claims a billion pixels is not decoded', async () => {
    const { picture } = manifest().items[0]!;
    const run = await openRun(files({ [`viewer/${picture}`]: pngOf(31623, 31623) }));
    await expect(first(run)).rejects.toThrow(/expected 128x128 pixels .* has 31623x31623/);
    const text = await openRun(files({ [`viewer/${picture}`]: '<svg width="1e9"/>'.padEnd(80) }));
    await expect(first(text)).rejects.toThrow(/expected a PNG or WebP picture, but it is something else/);
  });
});

test('the header of every kind of WebP contains its size', () => {
  const webp = (kind: string, body: number[]) =>
    Uint8Array.from([
      ...Buffer.from(`RIFF\0\0\0\0WEBP${kind}\0\0\0\0`, 'latin1'),
      ...body,
      ...Array.from({ length: 20 }, () => 0),
    ]);
  const size = (bytes: Uint8Array) => {
    const header = pictureHeader(bytes);
    return header && [header.type, header.width, header.height];
  };
  expect(size(webp('VP8 ', [0, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x40, 0x90, 0x80]))).toEqual([
    'image/webp',
    128,
    144,
  ]);
  // 14 bits each, less one: 300 and 200
  const bits = 299 | (199 << 14);
  expect(size(webp('VP8L', [0x2f, bits & 255, (bits >> 8) & 255, (bits >> 16) & 255, bits >>> 24]))).toEqual([
    'image/webp',
    300,
    200,
  ]);
  expect(size(webp('VP8X', [0, 0, 0, 0, 0xff, 0xff, 0xff, 0x0f, 0, 0]))).toEqual(['image/webp', 2 ** 24, 16]);
  expect(size(webp('VP9 ', []))).toBeUndefined();
  expect(size(pngOf(7, 9))).toEqual(['image/png', 7, 9]);
  expect(size(pngOf(7, 9).subarray(0, 20))).toBeUndefined();
});

test('a picture keeps its bytes and gets its detected type', async () => {
  const picture = await checkedPicture(
    new Blob([pngOf(64, 64)], { type: 'text/html' }),
    { width: 64, height: 64 },
    'x',
  );
  expect([picture.type, picture.size]).toEqual(['image/png', 64]);
});

test('levels are little-endian on every machine', () => {
  const bytes = Uint8Array.from([0, 0, 0x80, 0x3f, 0, 0, 0, 0x40]);
  expect(readLevels(bytes, [[1, 1], [1, 1]], 'x').map(({ data }) => data[0])).toEqual([1, 2]); // prettier-ignore
});

test('?run= opens only runs on the same server', () => {
  const page = new URL('http://127.0.0.1:7350/');
  expect(sameOriginFolder('run/', page).href).toBe('http://127.0.0.1:7350/run/');
  expect(sameOriginFolder('/a/b', page).href).toBe('http://127.0.0.1:7350/a/b/');
  for (const text of [
    'https://elsewhere.example/run',
    '//elsewhere.example',
    'data:text/plain,x',
    'blob:x',
    'http://127.0.0.1:7351/',
    'javascript:1',
    'http://[',
  ]) {
    expect(() => sameOriginFolder(text, page), text).toThrow(
      /is not opened: expected a run's folder on this page's own server/,
    );
  }
});
