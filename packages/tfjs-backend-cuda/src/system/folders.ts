// Folders named by the environment. A relative path would depend on the working directory, which often holds somebody else's
// pictures: the XDG specification says to ignore it, and empty entries of PATH are ignored for the same reason.
import { homedir, userInfo } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The absolute folders of a variable like PATH, in order. */
export function listedFolders(list: string | undefined): string[] {
  return (list ?? '').split(delimiter).filter((folder) => isAbsolute(folder));
}

/** The folder that a variable names; undefined if the variable is unset, empty or relative. */
export function namedFolder(value: string | undefined): string | undefined {
  return value !== undefined && isAbsolute(value) ? value : undefined;
}

/** The user's home folder: HOME, or the system's entry if HOME is empty or relative. */
export function homeFolder(): string {
  return namedFolder(homedir()) ?? userInfo().homedir;
}

/** `$XDG_CACHE_HOME/pyramid-mamba`, or `~/.cache/pyramid-mamba`. An empty or relative XDG_CACHE_HOME is ignored. */
export function cacheRoot(env: Environment = process.env): string {
  return join(namedFolder(env['XDG_CACHE_HOME']) ?? join(homeFolder(), '.cache'), 'pyramid-mamba');
}

/** Variables that native libraries read and that name one folder. */
const ONE = ['XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'CUDA_CACHE_PATH'];
/** The same, several folders. */
const SEVERAL = ['XDG_CONFIG_DIRS', 'XDG_DATA_DIRS'];

/**
 * Removes relative folders from this process's environment before a native library reads it: the Vulkan loader searches
 * XDG_DATA_HOME for drivers, and NVIDIA's driver searches HOME for compiled code, even if they are relative.
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
