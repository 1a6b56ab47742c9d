// Where the driver's library, NVRTC and cuBLAS lie. Nothing is run to find out: no python, no ldconfig. Relative folders of the
// environment are ignored: a library from the working directory would be code of whoever made that folder.
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { homeFolder, listedFolders, loaderNames, namedFolder, type Environment } from '../system/index.js';

/** Libraries of CUDA that are used where they are found. */
export type CudaLibrary = 'nvrtc' | 'cublas';

/** Their names, for the system's loader to search. */
const LOADER_NAMES: Readonly<Record<CudaLibrary, readonly string[]>> = {
  nvrtc: ['libnvrtc.so.13', 'libnvrtc.so.12', 'libnvrtc.so.11.2', 'libnvrtc.so'],
  cublas: ['libcublas.so.13', 'libcublas.so.12', 'libcublas.so.11', 'libcublas.so'],
};

/** What to try for the driver, in order; a bare name is searched for by the system's loader. */
export function driverCandidates(env: Environment = process.env): string[] {
  // Windows' own driver, as Linux under Windows sees it, is not always on the loader's path
  return [
    ...loaderNames(['libcuda.so.1'], env),
    '/usr/lib/wsl/lib/libcuda.so.1',
    '/usr/local/nvidia/lib64/libcuda.so.1',
  ];
}

/**
 * What to try for a library, in order: places that were named, then the loader's, CUDA's own, and Python's packages; in a folder the newest
 * first. Ones of a CUDA newer than the driver's, `newest`, come last: the driver may not load what they make.
 */
export function libraryCandidates(
  library: CudaLibrary,
  newest = Infinity,
  env: Environment = process.env,
  home = homeFolder(),
): string[] {
  const named = [env['CUDA_HOME'], env['CUDA_PATH']]
    .map(namedFolder)
    .flatMap((root) => (root !== undefined ? [join(root, 'lib64'), join(root, 'lib')] : []));
  const loader = listedFolders(env['LD_LIBRARY_PATH']);
  const usual = [
    '/usr/local/cuda/lib64',
    ...matching('/usr/local', /^cuda-[\d.]+$/)
      .reverse()
      .map((d) => join(d, 'lib64')),
  ];
  const wheels = sitePackages(env, home).flatMap((packages) =>
    matching(join(packages, 'nvidia'), /./).map((d) => join(d, 'lib')),
  );
  const inFolder = (folder: string): string[] => versionsIn(folder, library);
  const all = [
    ...[...named, ...loader].flatMap(inFolder),
    ...loaderNames(LOADER_NAMES[library], env),
    ...[...usual, ...wheels].flatMap(inFolder),
  ];
  const fits = (path: string): boolean => Math.floor(versionOf(path)) <= newest;
  return [...new Set([...all.filter(fits), ...all.filter((path) => !fits(path))])];
}

/** 11.2 of libnvrtc.so.11.2; 0 where the name has no number. */
function versionOf(path: string): number {
  return Number(/\.so\.(\d+(?:\.\d+)?)/.exec(path)?.[1] ?? 0);
}

/** libnvrtc.so.13 and the like of a folder, the newest first; not libnvrtc.alt, nor libnvrtc-builtins, which libnvrtc loads itself. */
function versionsIn(folder: string, library: CudaLibrary): string[] {
  return matching(folder, new RegExp(`^lib${library}\\.so(\\.\\d+)*$`)).sort(
    (a, b) => versionOf(b) - versionOf(a),
  );
}

/** What NVRTC's library asks for by name when it compiles: beside it, where the loader does not look. */
export function compilerCompanions(path: string): string[] {
  return isAbsolute(path) ? matching(dirname(path), /^libnvrtc-builtins\.so\.\d/) : [];
}

/** What cuBLAS's library needs, beside it: a toolkit's is not always where the loader looks. */
export function cublasCompanions(path: string): string[] {
  const major = /\.so\.(\d+)/.exec(path)?.[1];
  return isAbsolute(path) && major
    ? matching(dirname(path), new RegExp(`^libcublasLt\\.so\\.${major}$`))
    : [];
}

/** Folders into which Python installs packages: of the active environment, of the python on PATH, and the system's. */
export function sitePackages(env: Environment, home: string): string[] {
  const prefixes = [env['VIRTUAL_ENV'], env['CONDA_PREFIX']].map(namedFolder);
  for (const folder of listedFolders(env['PATH']))
    for (const name of ['python3', 'python']) {
      const python = join(folder, name);
      if (!existsSync(python)) continue;
      // an environment's python is a link out of it
      prefixes.push(dirname(folder), dirname(dirname(realpathSync(python))));
    }
  const pyenv = namedFolder(env['PYENV_ROOT']) ?? join(home, '.pyenv');
  prefixes.push(...matching(join(pyenv, 'versions'), /./), join(home, '.local'), '/usr/local', '/usr');
  const folders = prefixes
    .filter((prefix) => prefix !== undefined)
    .flatMap((prefix) =>
      matching(join(prefix, 'lib'), /^python3(\.\d+)?$/).flatMap((lib) => [
        join(lib, 'site-packages'),
        join(lib, 'dist-packages'),
      ]),
    );
  return [...new Set(folders)].filter((folder) => existsSync(folder));
}

/** Paths of the entries of a folder whose names match, sorted; none where there is no such folder. */
function matching(folder: string, pattern: RegExp): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => pattern.test(name))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}
