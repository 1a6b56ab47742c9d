// What is trusted on a machine: folders of the environment, places that code is loaded from.
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { imageName, readImage, writeImage } from '../src/backends/cuda/device/imageCache.js';
import { driverCandidates, libraryCandidates, sitePackages } from '../src/backends/cuda/device/libraries.js';
import {
  cacheRoot,
  distrust,
  distrustTree,
  dropRelativeFolders,
  homeFolder,
  makePrivateFolder,
  openToAll,
} from '../src/system/index.js';
import { ownTree } from '../src/backends/tensorflow/start/candidates.js';
import { isTensorflowInstalled, startTensorflow } from '../src/backends/tensorflow/index.js';
import { missingVulkan } from '../src/backends/webgpu/node.js';

const posix = test.skipIf(process.platform === 'win32');
let folder: string;
const before = process.cwd();
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'ssm-kernels-system-')));
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

test('a relative or empty XDG_CACHE_HOME is ignored, as is a relative home', () => {
  for (const relative of ['', '.', 'cache', './cache', '..'])
    expect(cacheRoot({ XDG_CACHE_HOME: relative })).toBe(join(homedir(), '.cache', 'pyramid-mamba'));
  expect(cacheRoot({ XDG_CACHE_HOME: join(folder, 'c') })).toBe(join(folder, 'c', 'pyramid-mamba'));
  vi.stubEnv('HOME', '.');
  expect(homeFolder()).toBe(userInfo().homedir);
});

test('relative folders leave the environment before a native library reads it', () => {
  const env: NodeJS.ProcessEnv = {
    HOME: '.',
    XDG_DATA_HOME: 'share',
    XDG_CONFIG_HOME: folder,
    XDG_DATA_DIRS: ['', folder, 'x'].join(delimiter),
    CUDA_CACHE_PATH: '',
    LANG: 'C',
  };
  dropRelativeFolders(env);
  expect(env).toEqual({
    HOME: userInfo().homedir,
    XDG_CONFIG_HOME: folder,
    XDG_DATA_DIRS: folder,
    LANG: 'C',
  });
});

posix('code is trusted only if nobody but the user and root can change it', () => {
  const file = put('a', 'b', 'code.js');
  expect(distrust(file)).toBeUndefined();
  expect(distrust(file, 12345)).toBe(process.getuid!() === 0 ? undefined : `${file} belongs to another user`);
  chmodSync(join(folder, 'a'), 0o775);
  expect(distrust(file)).toMatch(/a can be changed by other users; prevent that with `chmod go-w /);
  // a link is trusted like its target
  symlinkSync(file, join(folder, 'link.js'));
  expect(distrust(join(folder, 'link.js'))).toContain('can be changed by other users');
  chmodSync(join(folder, 'a'), 0o1777);
  expect(distrust(file), 'below a sticky folder').toBeUndefined();
  expect(distrust(join(folder, 'a')), 'the sticky folder itself').toContain('can be changed');
  chmodSync(join(folder, 'a'), 0o755);
  chmodSync(file, 0o666);
  expect(distrustTree(join(folder, 'a'))).toBe(`${file} can be changed by other users`);
  chmodSync(join(folder, 'a'), 0o700);
  expect(distrustTree(join(folder, 'a')), 'nobody else can enter').toBeUndefined();
  expect(openToAll(join(folder, 'a'))).toBeUndefined();
  chmodSync(join(folder, 'a'), 0o777);
  expect(openToAll(file)).toContain('can be changed by every user');
});

posix('a cache folder is created for the user only', () => {
  makePrivateFolder(join(folder, 'x', 'y'));
  expect(distrustTree(join(folder, 'x'))).toBeUndefined();
  expect(openToAll(join(folder, 'x', 'y'))).toBeUndefined();
});

test('a tfjs-node in or above the working directory is neither found nor run', async () => {
  const pictures = join(plantTensorflow('elsewhere'), 'pictures');
  mkdirSync(pictures);
  plantTensorflow('elsewhere', 'pictures');
  vi.stubEnv('NODE_PATH', join(folder, 'elsewhere', 'node_modules'));
  vi.stubEnv('XDG_CACHE_HOME', '.');
  vi.stubEnv('HOME', '.');
  process.chdir(pictures);
  plantTensorflow('elsewhere', 'pictures', 'pyramid-mamba', 'tensorflow');
  plantTensorflow('elsewhere', 'pictures', '.cache', 'pyramid-mamba', 'tensorflow');
  const there = isTensorflowInstalled();
  await startTensorflow().catch(() => undefined);
  expect('planted' in globalThis).toBe(false);
  // a developer's machine may have its own
  expect(there).toBe(isTensorflowInstalled({ folder: join(folder, 'none') }));
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

test('libraries are never searched in the working directory, whatever the environment says', () => {
  put('lib64', 'libnvrtc.so.12');
  put('lib', 'libnvrtc.so.12');
  put('libnvrtc.so.12');
  put('libcuda.so.1');
  put('python3');
  put('bin', 'python3');
  for (const place of ['nvidia/cuda_nvrtc/lib/libnvrtc.so.12'])
    for (const root of ['.', '.local', '.pyenv/versions/3.11'])
      put(root, 'lib', 'python3.11', 'site-packages', ...place.split('/'));
  process.chdir(folder);
  for (const relative of ['', '.', './', '..', 'bin', `${delimiter}`, `bin${delimiter}`]) {
    const names = ['CUDA_HOME', 'CUDA_PATH', 'VIRTUAL_ENV', 'CONDA_PREFIX', 'PYENV_ROOT', 'PATH'];
    const env = Object.fromEntries(names.map((name) => [name, relative]));
    const found = libraryCandidates('nvrtc', undefined, env, join(folder, 'home'));
    expect(found.filter((path) => path.includes('/') && !path.startsWith('/'))).toEqual([]);
    expect(found.filter((path) => path.startsWith(folder))).toEqual([]);
    expect(sitePackages(env, join(folder, 'home')).filter((path) => !path.startsWith('/'))).toEqual([]);
  }
});

posix('a bare name is not given to a loader that would search the working directory', () => {
  put('libnvrtc.so.12');
  put('libcuda.so.1');
  put('libvulkan.so.1');
  process.chdir(folder);
  for (const list of [':/usr/lib', '/usr/lib:', '.:/usr/lib', '/a::/b']) {
    const env = { LD_LIBRARY_PATH: list };
    expect(libraryCandidates('nvrtc', undefined, env, '/none')).not.toContain('libnvrtc.so.12');
    expect(libraryCandidates('nvrtc', undefined, env, '/none')).toContain('libnvrtc.so.13');
    expect(driverCandidates(env)).not.toContain('libcuda.so.1');
    vi.stubEnv('LD_LIBRARY_PATH', list);
    if (process.platform === 'linux')
      expect(missingVulkan()).toMatch(/would be loaded as the Vulkan loader; take the entry out$/);
  }
  expect(driverCandidates({ LD_LIBRARY_PATH: '/usr/lib' })).toContain('libcuda.so.1');
});

posix('a compiled kernel is not read from a folder that others can change, nor written there', () => {
  const name = imageName('scan.cu', {}, 'sm_90', []);
  const cache = join(folder, 'cache');
  writeImage(cache, name, Uint8Array.of(1, 2, 3));
  expect(readImage(cache, name)).toEqual(Uint8Array.of(1, 2, 3));
  expect(distrustTree(cache)).toBeUndefined();
  chmodSync(cache, 0o777);
  expect(readImage(cache, name)).toBeUndefined();
  writeImage(cache, imageName('ops.cu', {}, 'sm_90', []), Uint8Array.of(4));
  chmodSync(cache, 0o700);
  expect(readImage(cache, imageName('ops.cu', {}, 'sm_90', []))).toBeUndefined();
});

posix('the default cache of kernels that others could change is emptied and closed', () => {
  vi.stubEnv('XDG_CACHE_HOME', folder);
  const cache = join(cacheRoot(), 'cuda');
  const [old, fresh] = ['scan.cu', 'ops.cu'].map((file) => imageName(file, {}, 'sm_90', []));
  writeImage(cache, old!, Uint8Array.of(1));
  chmodSync(cache, 0o775);
  writeImage(cache, fresh!, Uint8Array.of(2));
  expect(readImage(cache, old!)).toBeUndefined();
  expect(readImage(cache, fresh!)).toEqual(Uint8Array.of(2));
});
