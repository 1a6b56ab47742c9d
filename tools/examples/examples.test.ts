// Runs each program of examples/ as its README says, on the sources of the packages.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium, type Browser } from 'playwright';
import { build, defaultClientConditions, preview } from 'vite';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { builtPage } from '../../apps/viewer/test/e2e/page.ts';
import { findChromium } from '../browser/chromium.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const example = (name: string) => join(root, 'examples', name);
const executablePath = findChromium();
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'examples-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs a program of an example and returns its lines. */
function run(name: string, ...args: string[]): string[] {
  const hook = pathToFileURL(join(root, 'tools', 'loaders', 'tfjs-esm-hook.mjs')).href;
  const loaders = ['--import', hook, '--import', 'tsx', '--conditions=@pyramid-mamba/source'];
  const program = join(example(name), 'main.mjs');
  return execFileSync(process.execPath, [...loaders, program, ...args], { encoding: 'utf8', cwd: root })
    .trim()
    .split('\n');
}

test('every example has a README, and the list names it', () => {
  const folders = readdirSync(join(root, 'examples'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'node_modules')
    .map(({ name }) => name);
  expect(folders.toSorted()).toEqual([
    'element-in-a-page',
    'judge-with-onnx',
    'metrics-alone',
    'scan-in-a-page',
    'train-and-judge',
  ]);
  for (const name of folders)
    expect(statSync(join(example(name), 'README.md')).size, name).toBeGreaterThan(0);
});

test('metrics-alone prints figures and verdicts', () => {
  expect(run('metrics-alone')).toEqual([
    'image AU-ROC 100.0, AP 100.0',
    'pixel AU-ROC 100.0, AU-PRO 100.0',
    'verdicts: OK OK OK NG NG NG',
  ]);
});

test('train-and-judge learns, writes a model file and judges every test picture', () => {
  const file = join(folder, 'model.safetensors');
  const lines = run('train-and-judge', file);
  expect(lines[0]).toBe('learnt 16 pictures of tile');
  expect(statSync(file).size).toBeGreaterThan(1e6);
  const judged = lines
    .slice(2)
    .map((line) => /^(\w+): (OK|REVIEW|NG) \(score \d+\.\d+, \d+ regions\)$/.exec(line));
  expect(judged.map((found) => found?.[1])).toEqual([
    'good',
    'good',
    'crack',
    'chip',
    'scratch',
    'stain',
    'fibre',
  ]);
  expect(judged.slice(0, 2).map((found) => found?.[2])).toEqual(['OK', 'OK']);
  expect(judged[2]?.[2]).toBe('NG');
});

describe.skipIf(executablePath === undefined)('in a page', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  });
  afterAll(() => browser?.close());

  /** Serves a folder of static files, opens its page and returns what `read` finds. */
  async function opened(files: string, wanted: string): Promise<string> {
    const server = await preview({
      root: files,
      configFile: false,
      logLevel: 'error',
      build: { outDir: files },
      preview: { port: 0, host: '127.0.0.1' },
    });
    const page = await browser.newPage();
    try {
      await page.goto(server.resolvedUrls!.local[0]!);
      return await page.locator(wanted).first().innerText({ timeout: 60_000 });
    } finally {
      await page.close();
      await server.close();
    }
  }

  test('scan-in-a-page scans and differentiates on WebAssembly', async () => {
    await build({
      root: example('scan-in-a-page'),
      configFile: false,
      logLevel: 'error',
      resolve: { conditions: ['@pyramid-mamba/source', ...defaultClientConditions] },
      build: { outDir: folder, emptyOutDir: true, target: 'es2022' },
    });
    const text = await opened(folder, 'output:not(:text("computing"))');
    expect(text).toMatch(/^y 1 × 4 × 64, gradient 1 × 4 × 64, all finite, [\d.]+ ms on wasm$/);
  });

  test('element-in-a-page judges its picture by its model', async () => {
    cpSync(await builtPage(), join(folder, 'viewer'), { recursive: true });
    const viewer = join(root, 'apps', 'viewer');
    for (const file of ['index.html', 'main.js'])
      cpSync(join(example('element-in-a-page'), file), join(folder, file));
    const shown = join(viewer, 'public', 'example');
    cpSync(join(shown, 'model.safetensors'), join(folder, 'model.safetensors'));
    const pictures = join(shown, 'viewer', 'pictures');
    mkdirSync(folder, { recursive: true });
    const picture = readdirSync(pictures, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /\.\w+$/.test(name),
    );
    cpSync(join(pictures, picture.toSorted()[0]!), join(folder, 'picture.png'));
    expect(await opened(folder, '#log li')).toMatch(/^\w+: (OK|REVIEW|NG), score 0\.\d{3}$/);
  });
});
