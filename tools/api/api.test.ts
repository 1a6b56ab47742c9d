import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { exportsOf } from './exportsOf.ts';
import { changes, packageFolders, pinnedOf, textOf } from './pinned.ts';

const packages = packageFolders(fileURLToPath(new URL('../..', import.meta.url)));

test.each(packages.map((folder) => [basename(folder), folder]))(
  '%s exports the names of its test/exports.txt, no more and no less',
  (name, folder) => {
    expect(changes(name, pinnedOf(folder), exportsOf(folder)).join('\n')).toBe('');
  },
);

test('what was added, what was removed, and how to accept it is said', () => {
  const before = [
    { entry: '.', names: ['auroc (function)', 'Metric (type)'] },
    { entry: './node', names: [] },
  ];
  const now = [
    { entry: '.', names: ['auprc (function)', 'auroc (function)', 'Metric (class)'] },
    { entry: './web', names: [] },
  ];
  expect(changes('metrics', textOf(before), before)).toEqual([]);
  expect(changes('metrics', textOf(before), now)).toEqual([
    'metrics "." exports, in addition: auprc (function), Metric (class).',
    'metrics "." exports no longer: Metric (type).',
    'metrics has no entry "./node" any more.',
    'metrics has a new entry "./web".',
    'If that is meant, run `npm run api:accept` and describe it in a changeset.',
  ]);
});
