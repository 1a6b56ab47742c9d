import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { DataError } from '../src/index.js';
import { decodeRgb, encodePngRgb } from '../src/node/index.js';
import { makeBmp } from './bmp.js';
import { makePng, RGB } from './png.js';

vi.mock('sharp', () => {
  throw new Error("Cannot find package 'sharp'");
});

test('without sharp, a sentence says how to install it, and never that a picture is damaged', async () => {
  const image = { width: 1, height: 1, data: Uint8Array.of(1, 2, 3) };
  for (const work of [decodeRgb(makePng(1, 8, RGB, [[1, 2, 3]]), 'part.png'), encodePngRgb(image)]) {
    const error: unknown = await work.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toMatch(
      /^pictures are decoded with the package sharp, which cannot be loaded \(.*\): install it .* `npm install sharp@[\d.]+`$/,
    );
  }
});

test('without sharp, bitmaps are still read', async () => {
  const bytes = makeBmp({ width: 1, height: 1, bits: 24, rows: [[1, 2, 3]] });
  expect(await decodeRgb(bytes, 'part.bmp')).toMatchObject({ width: 1, height: 1 });
});

test('the entry for browsers reaches neither sharp nor anything of Node', () => {
  const seen = new Set<string>();
  const visit = (path: string) => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const [, name] of readFileSync(path, 'utf8').matchAll(/(?:from|import)\s*\(?'([^']+)'/g)) {
      // runs in browsers too
      if (name === 'p-map') continue;
      expect(name!, path).toMatch(/^\.\.?\//);
      const source = join(dirname(path), name!.replace(/\.js$/, '.ts'));
      expect(existsSync(source), source).toBe(true);
      visit(source);
    }
  };
  visit(fileURLToPath(new URL('../src/index.ts', import.meta.url)));
  expect(seen.size).toBeGreaterThan(10);
});
