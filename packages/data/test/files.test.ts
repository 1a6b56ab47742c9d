import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { FileError } from '../src/index.js';
import { makeFolder, mapLimit, temporaryOwner, temporaryPath, writeFileAtomic } from '../src/node/index.js';

/** The code the next write fails with, after half of the bytes have reached the disk. */
let failure: string | undefined;

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>();
  return {
    ...real,
    open: async (path: string, flags: string) => {
      const handle = await real.open(path, flags);
      const code = failure;
      if (code && flags === 'wx') {
        handle.writeFile = async (data) => {
          const bytes = Buffer.from(data as Uint8Array);
          await handle.write(bytes.subarray(0, bytes.length / 2));
          throw Object.assign(new Error(`${code}: simulated`), { code });
        };
      }
      return handle;
    },
  };
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pm-files-'));
});
afterEach(() => {
  failure = undefined;
  rmSync(folder, { recursive: true });
});

describe('makeFolder', () => {
  test('makes what is missing, says what that was, and can be called by two at once', async () => {
    const deep = join(folder, 'a', 'b', 'c');
    await Promise.all([makeFolder(deep), makeFolder(deep)]);
    writeFileSync(join(deep, 'x'), '');
    expect(await makeFolder(deep)).toBeUndefined();
    expect(await makeFolder(join(folder, 'd', 'e'))).toBe(join(folder, 'd'));
  });

  test.runIf(process.platform === 'linux')('rejects where a file system lets no folder be made', async () => {
    await expect(makeFolder('/proc/none/a')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(writeFileAtomic('/proc/none/a/b', '')).rejects.toThrow(
      /cannot be written: there is no such/,
    );
  });
});

describe('writeFileAtomic', () => {
  test('writes bytes and text, creates missing folders and leaves no other file', async () => {
    const path = join(folder, 'a', 'b', 'x.bin');
    await writeFileAtomic(path, Uint8Array.of(1, 2, 3));
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    await writeFileAtomic(path, 'späth');
    expect(readFileSync(path, 'utf8')).toBe('späth');
    expect(readdirSync(join(folder, 'a', 'b'))).toEqual(['x.bin']);
  });

  test('concurrent writes to one path leave one complete file', async () => {
    const path = join(folder, 'x');
    const texts = Array.from({ length: 20 }, (_, i) => String(i).repeat(10_000));
    await Promise.all(texts.map((text) => writeFileAtomic(path, text)));
    expect(texts).toContain(readFileSync(path, 'utf8'));
    expect(readdirSync(folder)).toEqual(['x']);
  });

  test.each([
    ['ENOSPC', 'the disk is full'],
    ['EROFS', 'the file system is read-only'],
    ['EACCES', 'permission is missing'],
    ['EDQUOT', "the user's disk quota is used up"],
    ['EIO', 'the disk reports an input/output error'],
    ['EMFILE', 'EMFILE: simulated'],
  ])(
    'on %s the old file stays, the partial one is removed, and one sentence says why',
    async (code, reason) => {
      const path = join(folder, 'x');
      writeFileSync(path, 'old');
      failure = code;
      const error: unknown = await writeFileAtomic(path, 'new and longer').catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(FileError);
      expect((error as FileError).message).toContain(`${path} cannot be written: ${reason}`);
      expect(readFileSync(path, 'utf8')).toBe('old');
      expect(readdirSync(folder)).toEqual(['x']);
    },
  );

  test('a folder of that name and a file in the middle of the path are reported', async () => {
    mkdirSync(join(folder, 'd'));
    await expect(writeFileAtomic(join(folder, 'd'), 'x')).rejects.toThrow('there is a folder of that name');
    expect(readdirSync(folder)).toEqual(['d']);
    writeFileSync(join(folder, 'f'), '');
    const inside = writeFileAtomic(join(folder, 'f', 'x'), 'x');
    await expect(inside).rejects.toThrow('a part of the path is a file, not a folder');
    await expect(inside).rejects.toBeInstanceOf(FileError);
  });
});

describe('mapLimit', () => {
  test('keeps the order of the items and the limit', async () => {
    let running = 0;
    let most = 0;
    const got = await mapLimit([5, 1, 4, 2, 3], 2, async (item) => {
      most = Math.max(most, ++running);
      await new Promise((done) => setTimeout(done, item));
      running--;
      return item * 10;
    });
    expect(got).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
    expect(await mapLimit([], 4, async () => 1)).toEqual([]);
  });

  test('throws the failure of the first item that fails, even if a later one fails sooner', async () => {
    const work = mapLimit([0, 20, 1, 0], 4, async (wait, index) => {
      await new Promise((done) => setTimeout(done, wait));
      if (index > 0) throw new Error(`item ${index}`);
    });
    await expect(work).rejects.toThrow('item 1');
  });
});

test('temporary names are unguessable, short enough and contain the process id', async () => {
  const name = `${'長'.repeat(80)}.png`;
  const path = join(folder, name);
  const [a, b] = [temporaryPath(path), temporaryPath(path)];
  expect(a).not.toBe(b);
  expect(Buffer.byteLength(basename(a))).toBeLessThanOrEqual(255);
  expect(temporaryOwner(basename(a))).toBe(process.pid);
  // those of older versions
  expect(temporaryOwner('.config.json.123-0-4.tmp')).toBe(123);
  expect(temporaryOwner('.maps.77.tmp')).toBe(77);
  expect(['model.safetensors', '.x.tmp', 'a.12.tmp', '.a.12.tmp.png'].map(temporaryOwner)).toEqual(
    Array(4).fill(undefined),
  );
  // 240 bytes of name leave no room for a suffix beside them
  await writeFileAtomic(join(folder, '長'.repeat(84)), 'x');
  expect(readdirSync(folder)).toEqual(['長'.repeat(84)]);
});
