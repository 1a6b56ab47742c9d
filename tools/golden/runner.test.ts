import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openDirectory, type GoldenEntry } from './directory.ts';
import { runCase } from './runner.ts';

const entry = (name: string, kind?: string): GoldenEntry => ({
  name,
  kind,
  load: () => {
    throw new Error('the file was read');
  },
});

test('a case of an unknown kind or name fails', async () => {
  expect(await runCase(entry('other', 'other_kind'))).toMatchObject({
    outcome: 'failed',
    line: 'FAIL other: unknown case of the unknown kind other_kind',
  });
  expect((await runCase(entry('other'))).outcome).toBe('failed');
});

test('a case of a known kind is read, and fails where its file cannot be', async () => {
  expect(await runCase(entry('adam_rd4ad', 'adam'))).toMatchObject({
    outcome: 'failed',
    line: 'FAIL adam_rd4ad: the file was read',
  });
});

const methods = fileURLToPath(new URL('../../../shared/golden-methods', import.meta.url));
test.skipIf(!existsSync(methods))('the manifest of the other methods names the kind of every case', () => {
  const entries = openDirectory(methods);
  expect(entries.length).toBeGreaterThan(0);
  for (const { kind } of entries) expect(kind).toBeDefined();
});
