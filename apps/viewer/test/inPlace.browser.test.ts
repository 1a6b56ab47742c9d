import { wrap } from 'comlink';
import { afterAll, afterEach, expect, test } from 'vitest';
import { Folder } from '@pyramid-mamba/runs';
import type { told } from './inPlace.worker.js';

const worker = new Worker(new URL('./inPlace.worker.ts', import.meta.url), { type: 'module' });
const { write, writeBlob, read, names, leave } = wrap<typeof told>(worker);
const FOLDER = 'in-place-test';

afterEach(() => Folder.discard(FOLDER));
afterAll(() => worker.terminate());

test('a browser without createWritable writes files atomically too, over longer ones and over leftovers of a closed page', async () => {
  await write(FOLDER, 'progress.json', 'the first, rather long');
  await write(FOLDER, 'progress.json', 'second');
  expect(await read(FOLDER, 'progress.json')).toBe('second');
  await leave(FOLDER, 'progress.json');
  expect(await read(FOLDER, 'progress.json')).toBe('second');
  await write(FOLDER, 'progress.json', 'third');
  expect(await read(FOLDER, 'progress.json')).toBe('third');
  expect(await names(FOLDER)).toEqual(['progress.json']);
  expect(await writeBlob(FOLDER, 'large.bin', 2 ** 22 + 1000)).toBe(true);
  expect(await read(FOLDER, 'other.json')).toBeUndefined();
});
