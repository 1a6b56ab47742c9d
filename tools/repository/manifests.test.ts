import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

type Ranges = Record<string, string>;
interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  description?: string;
  keywords?: string[];
  license?: string;
  type?: string;
  sideEffects?: false | string[];
  engines?: { node: string };
  files?: string[];
  exports?: Record<string, string | Ranges>;
  types?: string;
  dependencies?: Ranges;
  optionalDependencies?: Ranges;
  peerDependencies?: Ranges;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
  devDependencies?: Ranges;
  scripts?: Ranges;
}

const read = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest;

const folders = ['packages', 'apps'].flatMap((group) =>
  readdirSync(join(root, group))
    .map((name) => `${group}/${name}`)
    .filter((folder) => existsSync(join(root, folder, 'package.json'))),
);
const workspace = folders.map((folder) => ({ folder, ...read(folder) }));
const published = workspace.filter((manifest) => manifest.private !== true);
const libraries = published.filter(({ exports }) => exports !== undefined);
const all = [{ folder: '.', ...read('.') }, ...workspace, { folder: 'examples', ...read('examples') }];

/** Every entry of every field that names other packages. */
function entriesOf(manifest: Manifest): [name: string, range: string, field: string][] {
  return (['dependencies', 'optionalDependencies', 'peerDependencies', 'devDependencies'] as const).flatMap(
    (field) =>
      Object.entries(manifest[field] ?? {}).map(
        ([name, range]) => [name, range, field] as [string, string, string],
      ),
  );
}

test.each(workspace)('$name refers to other packages by ranges that npm understands', (manifest) => {
  for (const [name, range] of entriesOf(manifest)) expect(range, name).toMatch(/^[~^]?\d+\.\d+\.\d+$/);
});

test.each(all)('the scripts of $name run files that exist', (manifest) => {
  const named = Object.values(manifest.scripts ?? {}).flatMap((script) =>
    [...script.matchAll(/[\w./-]+[.](?:mjs|ts)\b/g)].map(([path]) => path),
  );
  const missing = named.filter(
    (path) => !path.startsWith('dist/') && !existsSync(join(root, manifest.folder, path)),
  );
  expect(missing).toEqual([]);
});

test('a package in several manifests has the same version in all of them', () => {
  const versions = new Map<string, Set<string>>();
  for (const manifest of all)
    for (const [name, range, field] of entriesOf(manifest))
      if (field !== 'peerDependencies' && !range.startsWith('workspace:'))
        versions.set(name, (versions.get(name) ?? new Set()).add(range));
  const several = [...versions].filter(([, ranges]) => ranges.size > 1);
  expect(several.map(([name, ranges]) => `${name}: ${[...ranges].join(', ')}`)).toEqual([]);
});

test('packages of this repository depend on each other in their current versions', () => {
  for (const manifest of all.slice(1))
    for (const [name, range] of entriesOf(manifest)) {
      const sibling = workspace.find((other) => other.name === name);
      if (sibling) expect(range, `${manifest.name} asks for ${name}`).toBe(`^${sibling.version}`);
    }
});

test.each(published)('peers of $name are the versions it is tested with', (manifest) => {
  for (const [name, range] of Object.entries(manifest.peerDependencies ?? {})) {
    // any minor version of TensorFlow.js may change the parts we use
    if (name.startsWith('@tensorflow/')) expect(range, name).toBe('~4.22.0');
    const tested = all.map(
      ({ devDependencies, dependencies }) => devDependencies?.[name] ?? dependencies?.[name],
    );
    const version = tested.find((found) => found !== undefined);
    if (version !== undefined) expect(range.slice(1), name).toBe(version);
    if (name !== '@tensorflow/tfjs-core')
      expect(manifest.peerDependenciesMeta?.[name]?.optional, `${name} is optional`).toBe(true);
  }
});

test('TensorFlow for Node is an optional peer where it is loaded', () => {
  for (const name of ['@pyramid-mamba/ssm-kernels', 'pyramid-mamba'])
    expect(published.find((manifest) => manifest.name === name)?.peerDependencies).toMatchObject({
      '@tensorflow/tfjs-node': '~4.22.0',
      '@tensorflow/tfjs-node-gpu': '~4.22.0',
    });
});

describe.each(published)('$name', (manifest) => {
  const at = (path: string) => join(root, manifest.folder, path);

  test('states its description, Node version and licence', () => {
    expect(manifest.description).toMatch(/\w.{20,}/);
    expect(manifest.keywords?.length).toBeGreaterThanOrEqual(3);
    expect(manifest.license).toBe('Apache-2.0');
    expect(manifest.type).toBe('module');
    expect(manifest.engines).toEqual(read('.').engines);
    expect(manifest.files).toContain('dist');
    expect(existsSync(at('README.md'))).toBe(true);
  });

  test('contains the licence, which npm packs only from its own folder', () => {
    expect(readFileSync(at('LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
  });
});

test.each(libraries)('$name lists the files with side effects and has types for every entry', (manifest) => {
  expect(manifest.sideEffects).toBeDefined();
  expect(manifest.types).toBe('./dist/index.d.ts');
  for (const [subpath, entry] of Object.entries(manifest.exports!)) {
    if (typeof entry === 'string') continue;
    expect(Object.keys(entry).slice(0, 2), subpath).toEqual(['@pyramid-mamba/source', 'types']);
    // the condition stays in what is packed, so the sources are packed too
    expect(manifest.files, subpath).toContain('src');
    expect(existsSync(join(root, manifest.folder, entry['@pyramid-mamba/source']!)), subpath).toBe(true);
  }
});
