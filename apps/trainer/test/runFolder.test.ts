import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Run } from '../src/run/run.js';
import { temporaryFolder } from './kit.js';

test('a run is swept of what a killed predict was writing', async () => {
  const folder = temporaryFolder();
  // a process that has ended
  const writer = spawnSync(process.execPath, ['-e', '']);
  mkdirSync(join(folder, 'overlays'));
  const left = ['.predictions.jsonl', 'overlays/.any name.png'].map(
    (name) => `${name}.${writer.pid}-0123456789abcdef.tmp`,
  );
  for (const name of [...left, 'overlays/000.png']) writeFileSync(join(folder, name), '');
  await new Run(folder).sweep();
  expect(readdirSync(folder)).toEqual(['overlays']);
  expect(readdirSync(join(folder, 'overlays'))).toEqual(['000.png']);
});
