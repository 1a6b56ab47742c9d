// What is trusted on a machine: folders of the environment, places that code is loaded from.
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { imageName, readImage, writeImage } from '../src/device/imageCache.js';
import { driverCandidates, libraryCandidates, sitePackages } from '../src/driver/libraries.js';
import {
  cacheRoot,
  distrust,
  distrustTree,
  dropRelativeFolders,
  homeFolder,
  makePrivateFolder,
  openToAll,
} from '../src/system/index.js';

const posix = test.skipIf(process.platform === 'win32');
let folder: string;
const before = process.cwd();
beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'tfjs-backend-cuda-system-')));
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
  process.chdir(folder);
  for (const list of [':/usr/lib', '/usr/lib:', '.:/usr/lib', '/a::/b']) {
    const env = { LD_LIBRARY_PATH: list };
    expect(libraryCandidates('nvrtc', undefined, env, '/none')).not.toContain('libnvrtc.so.12');
    expect(libraryCandidates('nvrtc', undefined, env, '/none')).toContain('libnvrtc.so.13');
    expect(driverCandidates(env)).not.toContain('libcuda.so.1');
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
  writeImage(cache, imageName('backend.cu', {}, 'sm_90', []), Uint8Array.of(4));
  chmodSync(cache, 0o700);
  expect(readImage(cache, imageName('backend.cu', {}, 'sm_90', []))).toBeUndefined();
});

posix('the default cache of kernels that others could change is emptied and closed', () => {
  vi.stubEnv('XDG_CACHE_HOME', folder);
  const cache = join(cacheRoot(), 'cuda');
  const [old, fresh] = ['scan.cu', 'backend.cu'].map((file) => imageName(file, {}, 'sm_90', []));
  writeImage(cache, old!, Uint8Array.of(1));
  chmodSync(cache, 0o775);
  writeImage(cache, fresh!, Uint8Array.of(2));
  expect(readImage(cache, old!)).toBeUndefined();
  expect(readImage(cache, fresh!)).toEqual(Uint8Array.of(2));
});
