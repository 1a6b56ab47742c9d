import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { percentile, table } from './figures.ts';
import { picturesOf } from './made.ts';
import { usageOf } from './usage.ts';

test('a percentile is a value that was measured', () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([0.5, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 99, 100]);
  expect(percentile([7], 0.5)).toBe(7);
  expect(percentile([], 0.5)).toBeNaN();
  expect(table(['', 'a'], [['x', '1']])).toBe('|  | a |\n| --- | ---: |\n| x | 1 |');
});

test('pictures of all folders alternate, without masks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pictures-'));
  for (const path of ['a/1.png', 'a/2.png', 'b/1.png', 'ground_truth/1.png', 'a/notes.txt']) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), '');
  }
  expect(picturesOf(folder).map((path) => relative(folder, path).replaceAll('\\', '/'))).toEqual([
    'a/1.png',
    'b/1.png',
    'a/2.png',
  ]);
  rmSync(folder, { recursive: true });
});

test.skipIf(process.platform !== 'linux')('a process is counted with its children', async () => {
  const alone = usageOf(process.pid);
  expect(alone.seconds).toBeGreaterThan(0);
  const work =
    'const end = Date.now() + 300; while (Date.now() < end); console.log(1); setTimeout(() => {}, 1e6)';
  const child = spawn(process.execPath, ['-e', work], { stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  const both = usageOf(process.pid);
  expect(both.memory).toBeGreaterThan(alone.memory + 10);
  expect(both.seconds).toBeGreaterThan(alone.seconds);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(usageOf(2 ** 30)).toEqual({ seconds: NaN, memory: NaN });
});
