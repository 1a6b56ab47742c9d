import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { withRepository } from '../release/repository.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const github = join(root, '.github');
const yamlFiles = readdirSync(github, { recursive: true, encoding: 'utf8' }).filter((file) =>
  file.endsWith('.yml'),
);
const read = (file: string) => readFileSync(join(github, file), 'utf8');
const workflows = yamlFiles.filter((file) => file.startsWith('workflows'));
const { scripts, devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
  'scripts' | 'devDependencies',
  Record<string, string>
>;

interface Job {
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  strategy?: { matrix: Record<string, (string | number)[]> };
  steps: { uses?: string; run?: string; with?: Record<string, unknown> }[];
}
interface Workflow {
  permissions?: Record<string, string>;
  jobs: Record<string, Job>;
}
const jobsOf = (file: string) => Object.entries((parse(read(file)) as Workflow).jobs);

test.each(yamlFiles)('%s is YAML', (file) => {
  expect(parse(read(file))).toBeTypeOf('object');
});

test.each(workflows)('%s runs pinned actions with read access, and scripts that exist', (file) => {
  expect((parse(read(file)) as Workflow).permissions).toEqual({ contents: 'read' });
  for (const [name, job] of jobsOf(file)) {
    expect(job['timeout-minutes'], name).toBeGreaterThan(0);
    for (const { uses, run } of job.steps) {
      if (uses !== undefined) expect(uses, name).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
      for (const [, script] of (run ?? '').matchAll(/npm run ([\w:]+)/g))
        expect(scripts, name).toHaveProperty([script!]);
    }
  }
});

test('CI runs on every supported Node, on three systems and in three browsers', () => {
  const matrices = jobsOf('workflows/ci.yml').flatMap(([, job]) =>
    Object.entries(job.strategy?.matrix ?? {}),
  );
  expect(Object.fromEntries(matrices)).toEqual({
    node: [20, 22, 24],
    os: ['macos-latest', 'windows-latest'],
    browser: ['chromium', 'firefox', 'webkit'],
  });
});

test('updates that do not run on the oldest supported Node are not proposed', () => {
  interface Dependabot {
    updates: { 'package-ecosystem': string; ignore?: { 'dependency-name': string; versions?: string[] }[] }[];
  }
  const { updates } = parse(read('dependabot.yml')) as Dependabot;
  const ignored = updates.find((update) => update['package-ecosystem'] === 'npm')!.ignore!;
  for (const { 'dependency-name': name, versions } of ignored)
    for (const range of versions ?? []) {
      const limit = Number(/^>=(\d+)$/.exec(range)?.[1]);
      const used = Object.entries(devDependencies).filter(
        ([other]) => other === name || (name.endsWith('/*') && other.startsWith(name.slice(0, -1))),
      );
      expect(used, name).not.toEqual([]);
      for (const [other, version] of used) expect(Number(version.split('.')[0]), other).toBeLessThan(limit);
    }
});

test('a changeset names packages that exist', () => {
  const folder = join(root, '.changeset');
  const names = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group)).map(
      (name) =>
        (JSON.parse(readFileSync(join(root, group, name, 'package.json'), 'utf8')) as { name: string }).name,
    ),
  );
  for (const file of readdirSync(folder).filter((name) => name.endsWith('.md') && name !== 'README.md')) {
    const [, head, text] = readFileSync(join(folder, file), 'utf8').split(/^---$/m);
    for (const [name, bump] of Object.entries(parse(head!) as Record<string, string>)) {
      expect(names, file).toContain(name);
      expect(['major', 'minor', 'patch'], file).toContain(bump);
    }
    expect(text!.trim(), file).toMatch(/^[A-Z].*\.$/s);
  }
});

test('the release writes into a manifest where its source is', () => {
  expect(withRepository({ name: 'a' }, 'https://example.org/o/r', 'packages/a')).toEqual({
    name: 'a',
    repository: { type: 'git', url: 'git+https://example.org/o/r.git', directory: 'packages/a' },
    homepage: 'https://example.org/o/r/tree/HEAD/packages/a#readme',
    bugs: 'https://example.org/o/r/issues',
  });
});
