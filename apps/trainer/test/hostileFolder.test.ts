// A folder of pictures that somebody else made, and in which every command is started: no code and no library of it is loaded, nothing
// outside of it is read, and nothing waits for ever.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder, tinyDataset, tinyEncoder } from './kit.js';

const home = temporaryFolder();
const folder = join(home, 'pictures');
const run = join(home, 'run');
const marker = join(home, 'planted code was run');
const before = process.cwd();
const posix = process.platform !== 'win32';

async function call(...argv: string[]) {
  const io = recordingIo();
  const code = await main(argv, io);
  return { code, out: io.stdout, err: io.stderr };
}

/** Code that says so when it is loaded, under every name that the program asks for at run time. */
function plant(at: string): void {
  const code = `require('node:fs').writeFileSync(${JSON.stringify(marker)}, __filename);`;
  const packages = [
    '@tensorflow/tfjs-node',
    '@tensorflow/tfjs-node-gpu',
    'koffi',
    'webgpu',
    'sharp',
    'node-fetch',
    'yaml',
  ];
  for (const name of packages) {
    const place = join(at, 'node_modules', name);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), JSON.stringify({ name, version: '9.9.9', main: 'index.js' }));
    writeFileSync(join(place, 'index.js'), code);
  }
  for (const name of ['libcuda.so.1', 'libnvrtc.so.13', 'libcublas.so.13', 'libvulkan.so.1'])
    writeFileSync(join(at, name), 'no library');
  for (const name of ['python3', 'python', 'npm', 'git', 'c++', 'xdg-open'])
    writeFileSync(join(at, name), `#!/bin/sh\ntouch '${marker}'\n`, { mode: 0o755 });
  for (const name of ['pyramid-mamba', '.cache/pyramid-mamba'])
    if (!existsSync(join(at, name, 'tensorflow')))
      cpSync(join(at, 'node_modules'), join(at, name, 'tensorflow', 'node_modules'), { recursive: true });
  writeFileSync(join(at, 'package.json'), '{"type":"commonjs"}');
  writeFileSync(join(at, '.npmrc'), `script-shell=${join(at, 'npm')}`);
  for (const name of ['resnet34', 'synthetic', 'auto']) writeFileSync(join(at, name), 'planted');
}

beforeAll(async () => {
  await tinyDataset(folder);
  tinyEncoder(join(home, 'encoder.safetensors'));
  plant(home);
  plant(folder);
  vi.stubEnv('NODE_PATH', join(folder, 'node_modules'));
  vi.stubEnv('PATH', `:.:${process.env['PATH'] ?? ''}`);
  vi.stubEnv('LD_LIBRARY_PATH', ':.');
  vi.stubEnv('XDG_CACHE_HOME', '.');
  vi.stubEnv('XDG_DATA_HOME', '.');
  vi.stubEnv('CUDA_HOME', '.');
  // an account without an enabled TensorFlow, whatever the developer's own has
  vi.stubEnv('HOME', join(home, 'account'));
  process.chdir(folder);
});
afterAll(() => {
  process.chdir(before);
  vi.unstubAllEnvs();
});

const TRAIN = ['--input-size', '32', '--grids', '1', '--batch-size', '4', '--epochs', '1', '--workers', '1'];
const WITH = ['--encoder', join(home, 'encoder.safetensors'), '--cache', join(home, 'cache')];

describe.skipIf(!posix)('in a folder with planted modules and libraries', () => {
  test('train, evaluate, report and predict load nothing of it, by whichever backend', async () => {
    const trained = await call('train', '--data', '.', '--out', run, '--backend', 'auto', ...TRAIN, ...WITH);
    expect(trained.err).toBe('');
    expect(trained.code).toBe(0);
    expect(trained.out).toMatch(/backend: wasm .*would be loaded as the Vulkan loader; take the entry out/);
    expect((await call('evaluate', run, '--backend', 'wasm')).code).toBe(0);
    expect((await call('report', run)).code).toBe(0);
    const judged = await call('predict', join('tile', 'test', 'good'), '--model', run, '--backend', 'auto');
    expect(judged.code).toBe(0);
    for (const backend of ['cuda', 'tensorflow', 'webgpu']) {
      const { code, err } = await call('predict', 'tile', '--model', run, '--backend', backend);
      expect([code, backend]).toEqual([2, backend]);
      expect(err).not.toMatch(/internal error|planted/);
    }
    await call('doctor');
    const named = await call('train', '--data', '.', '--out', join(home, 'named'), '--encoder', 'resnet34');
    expect(named.err).toMatch(/resnet34 is not in the cache/);
    expect(existsSync(marker), existsSync(marker) ? readFileSync(marker, 'utf8') : '').toBe(false);
    // a relative cache folder is no cache folder
    expect(existsSync(join(folder, 'pyramid-mamba', 'features'))).toBe(false);
    expect(named.err).toContain(homedir());
  });

  test('a pipe, a device, a loop and a link out among the pictures hold nothing up', async () => {
    const good = join(folder, 'tile', 'train', 'good');
    const test = join(folder, 'tile', 'test', 'good');
    for (const place of [good, test]) {
      execFileSync('mkfifo', [join(place, 'pipe.png')]);
      symlinkSync('/dev/zero', join(place, 'zero.png'));
      symlinkSync('.', join(place, 'loop'));
      symlinkSync('nowhere.png', join(place, 'broken.png'));
    }
    const pictures = readdirSync(test).length;
    expect(pictures).toBeGreaterThan(4);
    for (const argv of [
      ['predict', test, '--model', run, '--backend', 'wasm'],
      ['data', 'check', folder],
      ['train', '--data', folder, '--out', join(home, 'again'), '--backend', 'wasm', ...TRAIN, ...WITH],
      ['evaluate', run, '--backend', 'wasm'],
    ]) {
      const { code, err } = await call(...argv);
      expect(err, argv[0]).not.toMatch(/internal error/);
      expect([0, 2], argv[0]).toContain(code);
    }
    for (const place of [good, test])
      for (const name of ['pipe.png', 'zero.png', 'loop', 'broken.png']) rmSync(join(place, name));
  });
});
