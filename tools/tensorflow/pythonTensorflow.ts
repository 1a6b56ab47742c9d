// The TensorFlow inside a Python package: its libraries and its C headers.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, isAbsolute, join } from 'node:path';
import { EnableError } from './errors.ts';
import type { Run } from './run.ts';

/** The inputs of the binding's build. */
export interface TensorflowParts {
  /** The Python package's folder, with the libraries. */
  folder: string;
  include: string;
  libraries: readonly string[];
  version: string;
}

/**
 * Finds the folder of a package without importing it, which would take seconds; not in the working directory, where Python looks
 * first.
 */
const LOCATE =
  'import os, sys; sys.path[:] = [p for p in sys.path if os.path.isabs(p)]; import importlib.util as u; s = u.find_spec("tensorflow"); ' +
  'print(s.submodule_search_locations[0] if s and s.submodule_search_locations else "")';

const LIBRARIES: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  linux: ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'],
  darwin: ['libtensorflow_cc.2.dylib', 'libtensorflow_framework.2.dylib'],
};
const HEADERS = ['c/c_api.h', 'c/eager/c_api.h', 'core/platform/ctstring_internal.h'];

/** The folder of Python's TensorFlow, or why there is none. */
export type Located = { folder: string; python: string } | { missing: string };

/** Looks for TensorFlow in the given Python, else in `$PYTHON`, python3 and python. */
export function locate(run: Run, env: NodeJS.ProcessEnv, given?: string): Located {
  const pythons = given !== undefined ? [given] : [env['PYTHON'], 'python3', 'python'].filter(Boolean);
  let started: string | undefined;
  for (const python of pythons as string[]) {
    const { status, stdout } = run(python, ['-c', LOCATE], { env });
    if (status !== 0) continue;
    started ??= python;
    const folder = stdout.trim().split('\n').at(-1)!.trim();
    if (isAbsolute(folder)) return { folder, python };
  }
  if (started === undefined) return { missing: `no Python was found (tried ${pythons.join(', ')})` };
  return { missing: `${started} has no package tensorflow` };
}

/** The parts of the TensorFlow in a Python package's folder. Throws an EnableError that names the missing ones. */
export function examine(folder: string, platform: NodeJS.Platform = process.platform): TensorflowParts {
  const names = LIBRARIES[platform];
  if (!names)
    throw new EnableError(
      `a binding can be built on Linux and macOS, not on ${platform}; use --stock, which downloads one.`,
    );
  const libraries = names.map((name) => join(folder, name));
  const include = join(folder, 'include');
  const headers = HEADERS.map((name) => join(include, 'tensorflow', name));
  const missing = [...libraries, ...headers].filter((path) => !existsSync(path));
  if (missing.length > 0)
    throw new EnableError(
      `the TensorFlow in ${folder} lacks ${missing.join(' and ')}; install a full one with \`pip install tensorflow-cpu\`, or use --stock.`,
    );
  return { folder, include, libraries, version: versionOf(folder) };
}

/** From the package's metadata: importing the package would take seconds. */
function versionOf(folder: string): string {
  const record = /^tensorflow(_cpu|_gpu|_intel|_macos|_rocm)?-(\d[^-]*)\.dist-info$/;
  const names = readdirSync(dirname(folder)).map((name) => record.exec(name)?.[2]);
  return names.find((version) => version !== undefined) ?? 'of unknown version';
}
