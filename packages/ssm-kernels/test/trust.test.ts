// Where TensorFlow and Vulkan are loaded from: only places that nobody else can change.
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ownTree } from '../src/backends/tensorflow/start/candidates.js';
import { isTensorflowInstalled, startTensorflow } from '../src/backends/tensorflow/index.js';
import { missingVulkan } from '../src/backends/webgpu/node.js';

const posix = test.skipIf(process.platform === 'win32');
let folder: string;
const before = process.cwd();
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'ssm-kernels-trust-')));
});
afterEach(() => {
  process.chdir(before);
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

/** Makes a file and the folders above it. */
function put(...path: string[]): string {
  const file = join(folder, ...path);
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, '');
  return file;
}

/** A folder with a tfjs-node that reports when it is run. */
function plantTensorflow(...at: string[]): string {
  const place = join(folder, ...at);
  const modules = join(place, 'node_modules', '@tensorflow', 'tfjs-node');
  mkdirSync(modules, { recursive: true });
  writeFileSync(join(modules, 'package.json'), '{"name":"@tensorflow/tfjs-node","main":"index.js"}');
  writeFileSync(join(modules, 'index.js'), 'globalThis.planted = true; throw new Error("planted");');
  return place;
}

test('a tfjs-node in or above the working directory is neither found nor run', async () => {
  const pictures = join(plantTensorflow('elsewhere'), 'pictures');
  mkdirSync(pictures);
  plantTensorflow('elsewhere', 'pictures');
  vi.stubEnv('NODE_PATH', join(folder, 'elsewhere', 'node_modules'));
  vi.stubEnv('XDG_CACHE_HOME', '.');
  vi.stubEnv('HOME', '.');
  process.chdir(folder);
  // a developer's machine may have its own
  const own = isTensorflowInstalled();
  process.chdir(pictures);
  plantTensorflow('elsewhere', 'pictures', 'pyramid-mamba', 'tensorflow');
  plantTensorflow('elsewhere', 'pictures', '.cache', 'pyramid-mamba', 'tensorflow');
  const there = isTensorflowInstalled();
  await startTensorflow().catch(() => undefined);
  expect('planted' in globalThis).toBe(false);
  expect(there).toBe(own);
});

posix('an enabled folder that others can change is not loaded, and the sentence says why', async () => {
  const enabled = plantTensorflow('enabled');
  chmodSync(join(enabled, 'node_modules'), 0o777);
  chmodSync(enabled, 0o755);
  await expect(startTensorflow({ folder: enabled, folderOnly: true })).rejects.toThrow(
    /node_modules can be changed by other users/,
  );
  expect('planted' in globalThis).toBe(false);
});

test('packages are looked for from a file up to where its package is installed, and no higher', () => {
  const root = join(folder, 'app');
  const file = join(root, 'node_modules', 'x', 'node_modules', '@p', 'kernels', 'dist', 'start.js');
  expect(ownTree(file)).toEqual([
    join(root, 'node_modules', 'x', 'node_modules', '@p', 'kernels', 'dist', 'node_modules'),
    join(root, 'node_modules', 'x', 'node_modules', '@p', 'kernels', 'node_modules'),
    join(root, 'node_modules', 'x', 'node_modules', '@p', 'node_modules'),
    join(root, 'node_modules', 'x', 'node_modules'),
    join(root, 'node_modules'),
  ]);
  put('source', 'package.json');
  expect(ownTree(join(folder, 'source', 'src', 'start.ts'))).toEqual([
    join(folder, 'source', 'src', 'node_modules'),
    join(folder, 'source', 'node_modules'),
  ]);
});

posix('a Vulkan loader is not taken from the working directory', () => {
  put('libvulkan.so.1');
  process.chdir(folder);
  for (const list of [':/usr/lib', '/usr/lib:', '.:/usr/lib', '/a::/b']) {
    vi.stubEnv('LD_LIBRARY_PATH', list);
    if (process.platform === 'linux')
      expect(missingVulkan()).toMatch(/would be loaded as the Vulkan loader; take the entry out$/);
  }
});
