// Finds the driver's library, NVRTC and cuBLAS without running any program: no python, no ldconfig. Relative folders of the
// environment are ignored: they would load code from the working directory.
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { homeFolder, listedFolders, loaderNames, namedFolder, type Environment } from '../system/index.js';

/** Optional libraries of CUDA. */
export type CudaLibrary = 'nvrtc' | 'cublas';

/** Their names, for the system's loader to search. */
const LOADER_NAMES: Readonly<Record<CudaLibrary, readonly string[]>> = {
  nvrtc: ['libnvrtc.so.13', 'libnvrtc.so.12', 'libnvrtc.so.11.2', 'libnvrtc.so'],
  cublas: ['libcublas.so.13', 'libcublas.so.12', 'libcublas.so.11', 'libcublas.so'],
};

/** Candidates for the driver, in order; the system's loader searches for a bare name. */
export function driverCandidates(env: Environment = process.env): string[] {
  // the Windows driver as seen by WSL is not always on the loader's path
  return [
    ...loaderNames(['libcuda.so.1'], env),
    '/usr/lib/wsl/lib/libcuda.so.1',
    '/usr/local/nvidia/lib64/libcuda.so.1',
  ];
}

/**
 * Candidates for a library, in order: explicit paths, the loader's, CUDA's own, and Python's packages; in a folder the newest
 * first. Those of a CUDA newer than the driver's, `newest`, come last: the driver may not load their output.
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

/** 11.2 for libnvrtc.so.11.2; 0 if the name has no number. */
function versionOf(path: string): number {
  return Number(/\.so\.(\d+(?:\.\d+)?)/.exec(path)?.[1] ?? 0);
}

/** libnvrtc.so.13 and similar files of a folder, the newest first; not libnvrtc.alt or libnvrtc-builtins, which libnvrtc loads itself. */
function versionsIn(folder: string, library: CudaLibrary): string[] {
  return matching(folder, new RegExp(`^lib${library}\\.so(\\.\\d+)*$`)).sort(
    (a, b) => versionOf(b) - versionOf(a),
  );
}

/** The libraries that NVRTC loads by name when it compiles: beside it, not on the loader's path. */
export function compilerCompanions(path: string): string[] {
  return isAbsolute(path) ? matching(dirname(path), /^libnvrtc-builtins\.so\.\d/) : [];
}

/** The libraries that cuBLAS needs, beside it: a toolkit is not always on the loader's path. */
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
      // the python of an environment is a link out of it
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

/** Paths of the entries of a folder whose names match, sorted; empty if the folder is missing. */
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
