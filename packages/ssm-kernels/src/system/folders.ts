// Folders of the machine that the environment names. A relative one would mean the working directory, which is often a folder of
// somebody else's pictures: the XDG specification says to ignore it, and an empty entry of PATH is ignored for the same reason.
import { homedir, userInfo } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The absolute folders of a variable like PATH, in order. */
export function listedFolders(list: string | undefined): string[] {
  return (list ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
}

/** A folder that a variable names, or undefined where it is not set, empty or relative. */
export function namedFolder(value: string | undefined): string | undefined {
  return value !== undefined && isAbsolute(value) ? value : undefined;
}

/** The home of the user: HOME, or what the system has on record where HOME is empty or relative. */
export function homeFolder(): string {
  return namedFolder(homedir()) ?? userInfo().homedir;
}

/** `$XDG_CACHE_HOME/pyramid-mamba`, or `~/.cache/pyramid-mamba`. An empty or relative XDG_CACHE_HOME is ignored. */
export function cacheRoot(env: Environment = process.env): string {
  return join(namedFolder(env['XDG_CACHE_HOME']) ?? join(homeFolder(), '.cache'), 'pyramid-mamba');
}

/** Variables that libraries we load read themselves, and that name one folder. */
const ONE = ['XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'CUDA_CACHE_PATH'];
/** The same, several folders. */
const SEVERAL = ['XDG_CONFIG_DIRS', 'XDG_DATA_DIRS'];

/**
 * Takes relative folders out of this process's environment before a native library reads it: the Vulkan loader looks for drivers in
 * XDG_DATA_HOME, and NVIDIA's driver for compiled code in HOME, whatever they say.
 */
export function dropRelativeFolders(env: NodeJS.ProcessEnv = process.env): void {
  for (const name of ONE) if (env[name] !== undefined && !isAbsolute(env[name])) delete env[name];
  for (const name of SEVERAL) {
    if (env[name] === undefined) continue;
    const kept = listedFolders(env[name]);
    if (kept.length > 0) env[name] = kept.join(delimiter);
    else delete env[name];
  }
  if (env['HOME'] !== undefined && !isAbsolute(env['HOME'])) env['HOME'] = userInfo().homedir;
}
