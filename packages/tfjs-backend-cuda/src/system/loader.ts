// Where the system's loader finds the bare name of a library.
import { existsSync } from 'node:fs';
import { isAbsolute, resolve } from 'node:path';
import type { Environment } from './folders.js';

/**
 * The names that the system's loader does not find through the working directory. An empty or relative entry of LD_LIBRARY_PATH
 * (a common result of `LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/…`) makes it search there first.
 */
export function loaderNames(names: readonly string[], env: Environment = process.env): string[] {
  return names.filter((name) => plantedLibrary(name, env) === undefined);
}

/** The file that the loader would take for a name from a relative entry of LD_LIBRARY_PATH; undefined if there is none. */
export function plantedLibrary(name: string, env: Environment = process.env): string | undefined {
  const list = env['LD_LIBRARY_PATH'];
  if (list === undefined || list === '') return undefined;
  return list
    .split(/[:;]/)
    .filter((folder) => !isAbsolute(folder))
    .map((folder) => resolve(folder, name))
    .find((path) => existsSync(path));
}
