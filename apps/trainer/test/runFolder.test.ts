import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
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

test('a run is swept of what a killed training was writing, in each of its folders', async () => {
  const folder = temporaryFolder();
  const writer = spawnSync(process.execPath, ['-e', '']);
  const left = [
    'config.json',
    'checkpoint/last.safetensors',
    'tensorboard/events.out.tfevents.0.pyramid-mamba',
  ];
  for (const path of left) {
    const at = dirname(join(folder, path));
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, `.${basename(path)}.${writer.pid}-0123456789abcdef.tmp`), '');
  }
  // another program's
  writeFileSync(join(folder, 'tensorboard', '.profile.tmp'), '');
  await new Run(folder).sweep();
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  expect(files.map(({ name }) => name)).toEqual(['.profile.tmp']);
});
