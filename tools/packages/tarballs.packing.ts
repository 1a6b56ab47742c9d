// The files that npm and pnpm pack of each package, and the result of installing them.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptyHome, execute, npm, npx, pnpm, root, sizeOf } from './commands.js';

const PACKAGES = [
  'packages/data',
  'packages/encoder-weights',
  'packages/inspect',
  'packages/metrics',
  'packages/model',
  'packages/projects',
  'packages/runs',
  'packages/ssm-kernels',
  'packages/tfjs-backend-cuda',
  'apps/trainer',
];
const LIBRARIES = PACKAGES.filter((folder) => folder.startsWith('packages/'));
/** Largest size of the installed command line; 11 of them are the encoder, for `train` and for the page. */
const LARGEST_MB = 52;

const work = mkdtempSync(join(tmpdir(), 'packing-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));

/** The tarball of each package, by the program that packed it. */
const tarballs = { npm: new Map<string, string>(), pnpm: new Map<string, string>() };
const unpacked = (by: 'npm' | 'pnpm', folder: string) => join(work, by, basename(folder), 'package');

async function pack(by: 'npm' | 'pnpm', folder: string): Promise<void> {
  const to = join(work, by, basename(folder));
  mkdirSync(to, { recursive: true });
  const args = ['pack', '--pack-destination', to];
  // npm has just built it
  const { code, stderr } =
    by === 'npm'
      ? await npm(args, join(root, folder))
      : await pnpm([...args, '--config.ignore-scripts=true'], join(root, folder));
  expect(code, stderr).toBe(0);
  const [file] = readdirSync(to);
  tarballs[by].set(folder, join(to, file!));
  expect((await execute('tar', ['xzf', file!], to)).stderr).toBe('');
}

beforeAll(async () => {
  for (const folder of PACKAGES) {
    mkdirSync(join(root, folder, 'dist'), { recursive: true });
    writeFileSync(join(root, folder, 'dist', 'stale.js'), '');
    await pack('npm', folder);
  }
  await Promise.all(PACKAGES.map((folder) => pack('pnpm', folder)));
});

interface Packed {
  dependencies?: Record<string, string>;
  exports?: Record<string, string | Record<string, string>>;
  bin?: Record<string, string>;
  version: string;
}

const manifestOf = (by: 'npm' | 'pnpm', folder: string): Packed =>
  JSON.parse(readFileSync(join(unpacked(by, folder), 'package.json'), 'utf8')) as Packed;

/** The files of an unpacked tarball without the manifest. */
const filesOf = (by: 'npm' | 'pnpm', folder: string) =>
  readdirSync(unpacked(by, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(unpacked(by, folder).length + 1))
    .filter((file) => file !== 'package.json')
    .sort();

describe.each(PACKAGES)('%s', (folder) => {
  test('npm and pnpm pack the same files, byte for byte', () => {
    const files = filesOf('npm', folder);
    expect(filesOf('pnpm', folder)).toEqual(files);
    for (const file of files) {
      const [one, other] = (['npm', 'pnpm'] as const).map((by) =>
        readFileSync(join(unpacked(by, folder), file)),
      );
      expect(one!.equals(other!), file).toBe(true);
    }
  });

  test('no manifest contains a pnpm-only protocol or the path of a file that is not packed', () => {
    for (const by of ['npm', 'pnpm'] as const) {
      const manifest = manifestOf(by, folder);
      expect(JSON.stringify(manifest)).not.toMatch(/"(workspace|catalog|link|file):/);
      const paths = Object.values({ ...manifest.exports, ...manifest.bin }).flatMap((entry) =>
        typeof entry === 'string' ? [entry] : Object.values(entry),
      );
      expect(paths.filter((path) => !existsSync(join(unpacked(by, folder), path)))).toEqual([]);
    }
  });

  test('licence and README are packed; files of an older build, tests and configuration are not', () => {
    const files = filesOf('npm', folder);
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md']));
    expect(files.filter((file) => /stale|\.test\.|tsup|metafile|^test|\.turbo/.test(file))).toEqual([]);
  });

  test('publint reports nothing', async () => {
    const publint = join(root, 'node_modules/publint/src/cli.js');
    const { code, stdout, stderr } = await execute(
      process.execPath,
      [publint, '--strict', tarballs.npm.get(folder)!],
      root,
    );
    expect(code, stdout + stderr).toBe(0);
  });
});

test.each(LIBRARIES)('the types of %s resolve in every resolution mode of ES modules', async (folder) => {
  const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
  // an asset has no types
  const assets = Object.entries(manifestOf('npm', folder).exports ?? {})
    .filter(([, entry]) => typeof entry === 'string' && !entry.endsWith('.json'))
    .map(([subpath]) => subpath);
  const args = [attw, tarballs.npm.get(folder)!, '--profile', 'esm-only', '--no-color', '--no-emoji'];
  if (assets.length > 0) args.push('--exclude-entrypoints', ...assets);
  const { code, stdout, stderr } = await execute(process.execPath, args, root);
  expect(code, stdout + stderr).toBe(0);
});

describe('installed into an empty folder, with an empty home', () => {
  let env: NodeJS.ProcessEnv;
  beforeAll(async () => {
    env = await emptyHome(join(work, 'home'));
  });

  /** Installs tarballs into a new folder. */
  async function install(name: string, ...packages: string[]): Promise<string> {
    const folder = join(work, name);
    mkdirSync(folder);
    const { code, stderr } = await npm(['install', '--no-audit', '--no-fund', ...packages], folder, env);
    expect(code, stderr).toBe(0);
    return folder;
  }

  test('the command line trains on 24 synthetic pictures, predicts others and writes a report', async () => {
    const folder = await install('trainer', tarballs.npm.get('apps/trainer')!);
    const megabytes = sizeOf(join(folder, 'node_modules')) / 1e6;
    console.log(`installed: ${megabytes.toFixed(1)} MB`);
    expect(megabytes).toBeLessThan(LARGEST_MB);

    const run = async (line: string, code = 0) => {
      const outcome = await npx(['pyramid-mamba', ...line.split(' ')], folder, env);
      expect(outcome.code, `${line}: ${outcome.stderr}`).toBe(code);
      return outcome;
    };
    const { version } = manifestOf('npm', 'apps/trainer');
    expect((await run('--version')).stdout.trim()).toBe(version);
    expect((await run('doctor')).stdout).toMatch(/encoder weights +ok +embedded-\d+ in this program/);
    await run('data synth drawn --classes tile --train 24 --good 3 --per-defect 1 --size 64');
    const small = '--input-size 64 --max-steps 3 --batch-size 8 --workers 2 --set model.encoder.width=8';
    const { stdout, stderr } = await run(
      `train --data drawn --out run ${small} --set model.decoder.depths=[2,2,2,2] --backend auto`,
    );
    // the chosen backend depends on the machine, the message does not
    expect(stdout + stderr).toMatch(/backend: wasm \(.*; not tensorflow: not installed; not webgpu: /);
    await run('evaluate run');
    const judged = (await run('predict drawn/tile/test --model run')).stdout.trim().split('\n');
    expect(judged).toHaveLength(8);
    for (const line of judged)
      expect(JSON.parse(line)).toMatchObject({ class: 'tile', score: expect.any(Number) as number });
    await run('report run');
    expect(readFileSync(join(folder, 'run/report/report.html'), 'utf8')).toContain('<html');
    // each backend whose package is missing says how to install it
    for (const [backend, advice] of [
      ['webgpu', 'npm install webgpu@'],
      ['cuda', 'npm install koffi@'],
    ] as const)
      expect((await run(`predict drawn/tile/test --model run --backend ${backend}`, 2)).stderr).toContain(
        advice,
      );
  });

  test('the libraries load and compute', async () => {
    const tfjs = ['@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-cpu'].map((name) => `${name}@4.22.0`);
    const folder = await install(
      'libraries',
      ...LIBRARIES.map((library) => tarballs.pnpm.get(library)!),
      ...tfjs,
    );
    writeFileSync(
      join(folder, 'use.mjs'),
      `import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import { residual } from '@pyramid-mamba/ssm-kernels';
import { registerCpuKernels } from '@pyramid-mamba/ssm-kernels/cpu';
import { auroc } from '@pyramid-mamba/metrics';
import { presets } from '@pyramid-mamba/model';
import { syntheticDataset } from '@pyramid-mamba/data';
import * as node from '@pyramid-mamba/data/node';
import { readEmbeddedEncoder } from '@pyramid-mamba/encoder-weights/node';
registerCpuKernels();
await tf.setBackend('cpu');
const slope = tf.grad((x) => tf.sum(residual(x, x, { factor: -0.5 })))(tf.tensor1d([0]));
console.log((await slope.data())[0], typeof auroc, typeof presets.tiny, syntheticDataset().classes.length, typeof node.writeDataset, (await readEmbeddedEncoder()).length > 1e6);
`,
    );
    const { stdout, stderr } = await execute(process.execPath, ['use.mjs'], folder, env);
    expect(stdout.trim().split('\n').at(-1), stderr).toBe('0.5 function object 7 function true');
  });
});
