import { afterEach } from 'vitest';
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
