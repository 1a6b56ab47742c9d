import { afterEach, expect, test } from 'vitest';
import { Folder } from '../src/index.js';
import { writableFiles } from './conformance.js';

const FOLDER = 'conformance';
afterEach(() => Folder.discard(FOLDER));

writableFiles('files of the browser’s private storage', async (contents) => {
  const folder = await Folder.open(FOLDER);
  for (const [path, text] of Object.entries(contents))
    await folder.write(path, Uint8Array.from(new TextEncoder().encode(text)));
  return folder;
});

test('names of a folder, a Blob written and found again, and a folder removed with its content', async () => {
  const folder = await Folder.open(FOLDER);
  expect(await folder.names('')).toEqual([]);
  await folder.write('a/1.bin', new Blob([Uint8Array.of(1, 2, 3)]));
  await folder.write('a/b/2.bin', Uint8Array.of(4));
  expect((await folder.names('a')).sort()).toEqual(['1.bin', 'b']);
  expect(await folder.names('a/1.bin')).toEqual([]);
  expect(await folder.names('nowhere')).toEqual([]);
  const blob = await folder.blob('a/1.bin');
  expect(new Uint8Array(await blob!.arrayBuffer())).toEqual(Uint8Array.of(1, 2, 3));
  expect(await folder.blob('a/3.bin')).toBeUndefined();
  await folder.removeFolder('a');
  await folder.removeFolder('a');
  expect(await folder.names('')).toEqual([]);
});
