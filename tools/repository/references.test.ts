import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { anchors, isPath, linkTarget, namedPaths, relativeLinks, repositoryPaths } from './references.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const paths = repositoryPaths(root);
const read = (path: string): string => readFileSync(`${root}/${path}`, 'utf8');
const files = paths.filter((path) => path.endsWith('.md'));

test.each(files)('every relative link in %s leads to a file and a heading that exist', (file) => {
  const broken = relativeLinks(read(file)).filter((link) => {
    const target = linkTarget(link, file);
    const anchor = link.split('#')[1];
    if (!paths.includes(target) && !paths.includes(`${target}/`)) return true;
    return anchor !== undefined && !anchors(read(target)).has(anchor);
  });
  expect(broken).toEqual([]);
});

test.each(files)('every source path that %s names in backticks exists', (file) => {
  expect(namedPaths(read(file)).filter((named) => !isPath(named, file, paths))).toEqual([]);
});

test('every file of docs/ that a source file names exists', () => {
  const sources = paths.filter(
    (path) => /\.(tsx?|mjs|cuh?|wgsl|py)$/.test(path) && !path.startsWith('tools/repository/'),
  );
  const missing = sources.flatMap((source) =>
    [...read(source).matchAll(/(?<![\w/])docs\/[\w-]+\.md/g)]
      .map(([named]) => named)
      .filter((named) => !paths.includes(named))
      .map((named) => `${source}: ${named}`),
  );
  expect(missing).toEqual([]);
});

test('a broken link, a missing heading and a moved file are found', () => {
  const tree = [
    'a.md',
    'packages/',
    'packages/x/',
    'packages/x/README.md',
    'packages/x/src/',
    'packages/x/src/new.ts',
  ];
  expect(relativeLinks('[a](b.md) ![c](d.png) [e](https://f.g) `[h](i)`')).toEqual(['b.md', 'd.png', 'i']);
  expect([...anchors('# Any number of `maps`, now\n```\n# not one\n```\n')]).toEqual([
    'any-number-of-maps-now',
  ]);
  expect(linkTarget('../../a.md#b', 'packages/x/README.md')).toBe('a.md');
  expect(linkTarget('#b', 'packages/x/README.md')).toBe('packages/x/README.md');
  expect(namedPaths('`src/old.ts` `new.ts` `good/*` `test/<defect>/*` `a.b` `npm start`')).toEqual([
    'src/old.ts',
    'new.ts',
  ]);
  expect(isPath('src/old.ts', 'packages/x/README.md', tree)).toBe(false);
  expect(isPath('new.ts', 'packages/x/README.md', tree)).toBe(true);
  expect(isPath('src/*.ts', 'packages/x/README.md', tree)).toBe(true);
  expect(isPath('new.ts', 'packages/y/README.md', tree)).toBe(false);
  expect(isPath('packages/x/src', 'a.md', tree)).toBe(true);
});
