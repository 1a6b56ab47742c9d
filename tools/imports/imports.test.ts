import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { readImports } from './cruise.ts';
import { brokenRules, findings, packagesWithoutRule } from './findings.ts';
import { largeFolders } from './folders.ts';

let root = '';

/** Writes a repository of a few files, by path, and returns what is wrong with its imports. */
async function brokenIn(files: Readonly<Record<string, string>>): Promise<string[]> {
  root = mkdtempSync(join(tmpdir(), 'imports-'));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return brokenRules(await readImports(root));
}

afterEach(() => {
  if (root !== '') rmSync(root, { recursive: true, force: true });
});

test('imports and folders of this repository are as the rules say', async () => {
  const found = await findings(fileURLToPath(new URL('../..', import.meta.url)));
  expect(found.join('\n')).toBe('');
});

test('an arrow upwards, and one to a package by a path, is a sentence', async () => {
  const found = await brokenIn({
    'packages/metrics/src/a.ts': "import { b } from '../../model/src/b.js';\nexport const a = b;\n",
    'packages/model/src/b.ts': 'export const b = 1;\n',
    'packages/inspect/src/c.ts': "export type { T } from '../../runs/src/d.js';\n",
    'packages/runs/src/d.ts': 'export type T = number;\n',
  });
  const arrow = 'packages/metrics/src/a.ts imports packages/model/src/b.ts';
  const types = 'packages/inspect/src/c.ts imports packages/runs/src/d.ts';
  const byPath = 'a package is imported by its name and an entry of its manifest, not by a path.';
  expect(found.toSorted()).toEqual(
    [
      `${arrow}: ${byPath}`,
      `${arrow}: metrics may import no other package of this repository.`,
      `${types}: ${byPath}`,
      `${types}: inspect may import model, metrics, data.`,
    ].toSorted(),
  );
});

test('only the cuda entry of ssm-kernels may import tfjs-backend-cuda, which imports nothing of ours', async () => {
  const backend = 'packages/tfjs-backend-cuda/src/index.ts';
  const way = (depth: number) => `export * from '${'../'.repeat(depth)}tfjs-backend-cuda/src/index.js';\n`;
  const found = await brokenIn({
    [backend]: 'export const x = 1;\n',
    'packages/ssm-kernels/src/backends/cuda/register.ts': way(4),
    'packages/ssm-kernels/src/ops/scan.ts': way(3),
  });
  expect(found.filter((sentence) => sentence.includes('may import'))).toEqual([
    `packages/ssm-kernels/src/ops/scan.ts imports ${backend}: ssm-kernels may import no other package of this repository.`,
  ]);
});

test('a circle, also of types, is found', async () => {
  const found = await brokenIn({
    'packages/data/src/a.ts': "import type { B } from './b.js';\nexport type A = B;\n",
    'packages/data/src/b.ts': "import type { A } from './a.js';\nexport type B = A[];\n",
  });
  expect(found).toEqual([
    'packages/data/src/a.ts imports packages/data/src/b.ts, which imports packages/data/src/a.ts: ' +
      'these files import each other in a circle.',
  ]);
});

test('Node is found where browsers read, not behind /node', async () => {
  const found = await brokenIn({
    'packages/data/src/a.ts': "import { readFileSync } from 'node:fs';\nexport const a = readFileSync;\n",
    'packages/data/src/b.ts': "export * from './node/c.js';\n",
    'packages/data/src/node/c.ts': "export { readFileSync } from 'node:fs';\n",
    'apps/viewer/src/d.ts': "export { join } from 'node:path';\n",
  });
  expect(found.map((sentence) => sentence.split(':')[0]).toSorted()).toEqual([
    'apps/viewer/src/d.ts imports path',
    'packages/data/src/a.ts imports fs',
    'packages/data/src/b.ts imports packages/data/src/node/c.ts',
  ]);
});

test('a package without a rule, a large folder and an exception without a use are found', () => {
  expect(packagesWithoutRule(['metrics', 'new'])).toEqual([
    'packages/new has no rule: say in MAY_IMPORT (tools/imports/rules.ts) what it may import.',
  ]);
  const counts = new Map([
    ['packages/a/src', 17],
    ['packages/b/src', 16],
    ['packages/c/src', 40],
  ]);
  const found = largeFolders(counts, { 'packages/b/src': 'once', 'packages/c/src': 'generated tables' });
  expect(found.map((sentence) => sentence.split(':')[0])).toEqual([
    'packages/a/src has 17 source files, expected at most 16',
    'packages/b/src is small or missing',
  ]);
});
