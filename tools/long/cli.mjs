#!/usr/bin/env node
// usage: npm run test:long [-- FILTER...]
// Runs every long test (FUZZ=full): those whose file reads FUZZ, except the page's full trainings.
// Ends with a table: cases, seconds and the peak memory of the process, test by test, and the processor time of each file with the
// processes it started. FILTER limits it to paths that contain it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Shorter tests with one case are not listed. */
const SHORT_SECONDS = 5;
const filters = process.argv.slice(2);

/** TypeScript files below a folder, except the page's trainings; paths from the root, with forward slashes. */
function sources(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true })
    .map((name) => join(folder, name).replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts') && !path.includes('/e2e/'));
}

/** Test files with a long form: their text, or that of a helper in the same folder, reads FUZZ. */
function longTests() {
  const asks = (path) => /process\.env(\.FUZZ|\['FUZZ'\])/.test(readFileSync(join(root, path), 'utf8'));
  const files = ['packages', 'apps'].flatMap((group) =>
    readdirSync(join(root, group)).flatMap((name) => sources(join(group, name, 'test'))),
  );
  const helpers = files.filter((file) => !file.endsWith('.test.ts') && asks(file));
  const uses = (file) =>
    helpers.some((helper) => {
      const name = helper.slice(helper.lastIndexOf('/') + 1).replace(/\.ts$/, '.js');
      return (
        helper.slice(0, helper.lastIndexOf('/')) === file.slice(0, file.lastIndexOf('/')) &&
        readFileSync(join(root, file), 'utf8').includes(`'./${name}'`)
      );
    });
  return files
    .filter(
      (file) => file.endsWith('.test.ts') && !file.endsWith('.browser.test.ts') && (asks(file) || uses(file)),
    )
    .filter((file) => filters.length === 0 || filters.some((text) => file.includes(text)))
    .sort();
}

/** The number of cases that a test noted, otherwise the one in its title, otherwise one. */
const casesOf = ({ meta, title }) =>
  meta?.cases ?? Number(/(\d{2,}) (?:damaged|random|mutated|requests)/.exec(title)?.[1] ?? 1);

const files = longTests();
if (files.length === 0) {
  console.error(`test:long: no long test matches ${filters.join(', ')}`);
  process.exit(2);
}
console.log(`long tests:\n${files.map((file) => `  ${file}`).join('\n')}`);
const folder = mkdtempSync(join(tmpdir(), 'pm-long-'));
const [report, memory] = [join(folder, 'report.json'), join(folder, 'memory.jsonl')];
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const args = [
  'run',
  '--project',
  'node*',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${report}`,
];
const { status } = spawnSync(process.execPath, [vitest, ...args, ...files], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, FUZZ: 'full', LONG_MEMORY: memory },
});

try {
  const used = readFileSync(memory, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const peaks = new Map(used.map(({ file, mebibytes }) => [file, mebibytes]));
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  let [cases, seconds, failed, short] = [0, 0, 0, 0];
  console.log('\n    cases  seconds  peak MiB  test');
  for (const { name, assertionResults } of testResults) {
    for (const test of assertionResults) {
      if (test.status === 'pending' || test.status === 'skipped') continue;
      const [count, took] = [casesOf(test), (test.duration ?? 0) / 1000];
      cases += count;
      seconds += took;
      if (test.status === 'failed') failed++;
      else if (count === 1 && took < SHORT_SECONDS) {
        short++;
        continue;
      }
      const figures = [
        String(count).padStart(9),
        took.toFixed(0).padStart(8),
        String(peaks.get(name) ?? '-').padStart(9),
      ];
      console.log(
        `${figures.join(' ')}  ${relative(root, name)}: ${test.fullName.split('\n')[0]}${test.status === 'failed' ? ' FAILED' : ''}`,
      );
    }
  }
  console.log('\n    processor seconds  file');
  for (const { file, cpuSeconds } of used)
    console.log(`${cpuSeconds.toFixed(0).padStart(21)}  ${relative(root, file)}`);
  console.log(
    `\n${cases} cases in ${Math.round(seconds)} s of tests, ${failed} tests failed, ${short} short ones not shown, peak ${Math.max(...peaks.values())} MiB`,
  );
} catch (error) {
  console.error(`test:long: no results: ${error.message}`);
}
rmSync(folder, { recursive: true, force: true });
process.exit(status ?? 1);
