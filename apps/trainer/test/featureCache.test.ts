import {
  chmodSync,
  existsSync,
  readFileSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { FileError } from '@pyramid-mamba/data';
import { temporaryPath } from '@pyramid-mamba/data/node';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { encoderLocation } from '../src/weights/encoderSource.js';
import {
  defaultCacheFolder,
  FeatureCache,
  requireOwnCache,
  sweepFeatures,
} from '../src/training/featureCache.js';
import { temporaryFolder } from './kit.js';

const fresh = () => new FeatureCache(join(temporaryFolder(), 'a', 'b'), 6);
const HALVES = Uint16Array.of(1, 2, 0x3c00, 4, 5, 0xffff);

describe('FeatureCache', () => {
  test('returns what was written, and nothing for another hash', async () => {
    const cache = fresh();
    expect(await cache.read('x')).toBeUndefined();
    await cache.write('x', HALVES);
    expect(await cache.read('x')).toEqual(HALVES);
    expect(await cache.read('y')).toBeUndefined();
    expect(readdirSync(cache.folder)).toEqual(['x.f16']);
  });

  test('rejects a file that is truncated, too long, of another format or has one bit changed', async () => {
    const cache = fresh();
    await cache.write('x', HALVES);
    const sound = readFileSync(cache.path('x'));
    const flipped = Buffer.from(sound);
    flipped[flipped.length - 1]! ^= 1;
    const otherMagic = Buffer.from(sound);
    otherMagic[0] = 0;
    const bad = [
      Buffer.alloc(0),
      sound.subarray(0, 20),
      sound.subarray(0, -2),
      Buffer.concat([sound, Buffer.alloc(2)]),
      flipped,
      otherMagic,
    ];
    for (const bytes of bad) {
      writeFileSync(cache.path('x'), bytes);
      expect(await cache.read('x')).toBeUndefined();
    }
    await cache.write('x', HALVES);
    expect(await cache.read('x')).toEqual(HALVES);
  });

  test('rejects features of another length', async () => {
    await expect(fresh().write('x', HALVES.subarray(1))).rejects.toThrow('expected 6 half floats, got 5');
  });

  test('reports a failed write in one sentence', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const cache = new FeatureCache(join(folder, 'file', 'under'), 6);
    await expect(cache.write('x', HALVES)).rejects.toThrow(FileError);
  });

  test('is under XDG_CACHE_HOME, else under ~/.cache', () => {
    expect(defaultCacheFolder({ XDG_CACHE_HOME: '/var/x' })).toBe('/var/x/pyramid-mamba');
    expect(defaultCacheFolder({})).toBe(join(homedir(), '.cache', 'pyramid-mamba'));
    expect(defaultCacheFolder({ XDG_CACHE_HOME: '' })).toBe(join(homedir(), '.cache', 'pyramid-mamba'));
  });
});

afterEach(() => vi.unstubAllEnvs());

test.skipIf(process.platform === 'win32')(
  'the default cache is private, and one that everybody can write to is refused',
  () => {
    vi.stubEnv('XDG_CACHE_HOME', join(temporaryFolder(), 'new'));
    const root = defaultCacheFolder();
    requireOwnCache(root);
    expect(statSync(root).mode & 0o777).toBe(0o700);
    expect(statSync(join(root, '..')).mode & 0o777).toBe(0o700);
    chmodSync(root, 0o777);
    expect(() => requireOwnCache(root)).toThrow(
      /^the cache .* is not safe to read: .* can be changed by every user; prevent that with `chmod o-w .*`, or set another one/,
    );
    // a folder given with --cache may be shared
    vi.stubEnv('XDG_CACHE_HOME', temporaryFolder());
    requireOwnCache(root);
  },
);

test('a name of the catalogue is never a file in the working directory', () => {
  const folder = temporaryFolder();
  const before = process.cwd();
  vi.stubEnv('XDG_CACHE_HOME', join(folder, 'cache'));
  writeFileSync(join(folder, 'resnet34'), 'planted');
  process.chdir(folder);
  try {
    expect(() => encoderLocation('resnet34')).toThrow(
      /resnet34 is not in the cache .*, or pass a file \(\.\/resnet34 for the one in this folder\)$/,
    );
    expect(encoderLocation('./resnet34')).toBe(join(process.cwd(), 'resnet34'));
  } finally {
    process.chdir(before);
  }
});

test('temporary files that killed processes left are removed, and young ones are not', async () => {
  const root = temporaryFolder();
  const cache = new FeatureCache(join(root, 'key'), 3);
  await cache.write('a', Uint16Array.of(1, 2, 3));
  const [left, young] = [temporaryPath(cache.path('b')), temporaryPath(cache.path('c'))];
  const own = join(root, 'key', 'notes.tmp');
  for (const path of [left, young, own]) writeFileSync(path, 'half');
  const before = new Date(Date.now() - 2 * 3_600_000);
  for (const path of [left, own, cache.path('a')]) utimesSync(path, before, before);
  await sweepFeatures(root);
  expect([left, young, own, cache.path('a')].map((path) => existsSync(path))).toEqual([
    false,
    true,
    true,
    true,
  ]);
  await sweepFeatures(join(root, 'missing'));
});
