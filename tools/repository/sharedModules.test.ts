import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { foldersWithOwnModules, withOwnModules } from '../../vitest.config.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** What one test file would leave to the next in the same worker. */
const LEFT =
  /\bvi\.(?:mock|doMock|stub)|process\.chdir\(|\bprocess\.env\[?[.'\w\]]* *=[^=]|\bglobalThis\b[^;]*\] *=[^=]|\bglobalThis\.\w+ *=[^=]|register(?:Method|Family)\(/;
const folders = [
  'apps/trainer/test',
  ...readdirSync(join(root, 'packages')).map((name) => `packages/${name}/test`),
];
const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts') && !file.endsWith('.browser.test.ts'))
    .map((file) => `${folder}/${file.replaceAll('\\', '/')}`),
);
const isOwn = (file: string) =>
  withOwnModules.includes(file) || foldersWithOwnModules.some((folder) => file.startsWith(folder));

test('test files that share modules leave nothing behind', () => {
  expect(files.length).toBeGreaterThan(50);
  const leaving = files.filter((file) => LEFT.test(readFileSync(join(root, file), 'utf8')));
  expect(leaving.filter((file) => !isOwn(file))).toEqual([]);
});

test('the files and folders with modules of their own exist', () => {
  expect(withOwnModules.filter((file) => !files.includes(file))).toEqual([]);
  expect(foldersWithOwnModules.filter((folder) => !files.some((file) => file.startsWith(folder)))).toEqual(
    [],
  );
});
