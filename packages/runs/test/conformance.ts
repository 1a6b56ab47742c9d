// What every driver of the storage port does. A driver's test calls it in a few lines.
import { describe, expect, test } from 'vitest';
import { RunError, type Bytes, type Files, type WritableFiles } from '../src/index.js';

export type Contents = Readonly<Record<string, string>>;

const bytesOf = (text: string): Bytes => Uint8Array.from(new TextEncoder().encode(text));
const textOf = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);

/** The files that a driver is opened on. */
export const CONTENTS: Contents = {
  'config.json': '{"a":1}',
  'viewer/viewer.json': '{}',
  'viewer/pictures/ü ö#1.txt': 'a name with spaces, signs and letters',
  'empty.txt': '',
};

const LEADS_OUT = [
  '../secret',
  'viewer/../../secret',
  '/etc/passwd',
  'viewer//viewer.json',
  './config.json',
  'viewer\\viewer.json',
  'C:/secret',
  'config.json\0',
  '',
];

/** @param open a driver on a folder with these files */
export function readableFiles(name: string, open: (contents: Contents) => Promise<Files>): void {
  describe(name, () => {
    test('reads the bytes of every file', async () => {
      const files = await open(CONTENTS);
      for (const [path, text] of Object.entries(CONTENTS)) {
        expect(textOf(await files.read(path, 100))).toBe(text);
      }
    });

    test('has no bytes of a missing file, of one in a missing folder and of one below a file', async () => {
      const files = await open(CONTENTS);
      for (const path of ['other.json', 'nowhere/config.json', 'config.json/more'])
        expect(await files.read(path, 100)).toBeUndefined();
    });

    test('reads a file of exactly the limit, and rejects a larger one with a sentence', async () => {
      const files = await open({ 'a.txt': '12345' });
      expect(await files.read('a.txt', 5)).toHaveLength(5);
      await expect(files.read('a.txt', 4)).rejects.toThrow(RunError);
      await expect(files.read('a.txt', 4)).rejects.toThrow(/a\.txt.* MiB, more than the/);
    });

    test.each(LEADS_OUT)('does not read the path %j, which leads out or may', async (path) => {
      const files = await open(CONTENTS);
      await expect(files.read(path, 100)).rejects.toThrow(RunError);
    });

    test('names itself and its files', async () => {
      const files = await open(CONTENTS);
      expect(files.name).not.toBe('');
      expect(files.where('viewer/viewer.json')).toContain('viewer/viewer.json');
    });
  });
}

/** The same for drivers that write. */
export function writableFiles(name: string, open: (contents: Contents) => Promise<WritableFiles>): void {
  readableFiles(name, open);
  describe(`${name}, written to`, () => {
    test('a file is written with the folders it is in, and replaced by a shorter one completely', async () => {
      const files = await open({});
      await files.write('a/b/c.txt', bytesOf('a long text'));
      expect(textOf(await files.read('a/b/c.txt', 100))).toBe('a long text');
      await files.write('a/b/c.txt', bytesOf('short'));
      expect(textOf(await files.read('a/b/c.txt', 100))).toBe('short');
    });

    test('a removed file is missing, its neighbour is not, and removing a missing one is no error', async () => {
      const files = await open({ 'a/1.txt': '1', 'a/2.txt': '2' });
      await files.remove('a/1.txt');
      await files.remove('a/1.txt');
      await files.remove('b/1.txt');
      expect(await files.read('a/1.txt', 100)).toBeUndefined();
      expect(textOf(await files.read('a/2.txt', 100))).toBe('2');
    });

    test.each(LEADS_OUT)('the path %j is neither written nor removed', async (path) => {
      const files = await open({ 'config.json': 'x' });
      await expect(files.write(path, bytesOf('y'))).rejects.toThrow(RunError);
      await expect(files.remove(path)).rejects.toThrow(RunError);
    });
  });
}
