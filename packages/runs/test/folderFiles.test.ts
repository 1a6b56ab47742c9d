import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';
import { folderFiles } from '../src/node/index.js';
import { writableFiles } from './conformance.js';

const home = mkdtempSync(join(tmpdir(), 'pm-runs-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

writableFiles('files of a folder', (contents) => {
  const folder = mkdtempSync(join(home, 'run-'));
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return Promise.resolve(folderFiles(folder));
});
