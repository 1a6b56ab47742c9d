import { execFile } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program in a folder, without a shell. Never throws. */
export function execute(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<Outcome> {
  return new Promise((done) => {
    execFile(program, args, { cwd, env, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      done({ code, stdout, stderr: stderr || (error?.message ?? '') });
    });
  });
}

/** The npm that runs this process, otherwise the one next to Node. */
function npmCli(name: 'npm' | 'npx'): string {
  const running = process.env['npm_execpath'];
  const folders = [
    running && running.endsWith('npm-cli.js') ? dirname(running) : undefined,
    join(dirname(process.execPath), '../lib/node_modules/npm/bin'),
    join(dirname(process.execPath), 'node_modules/npm/bin'),
    join(dirname(process.execPath), '../share/nodejs/npm/bin'),
  ];
  const found = folders
    .filter((folder) => folder !== undefined)
    .map((folder) => join(folder, `${name}-cli.js`))
    .find((file) => existsSync(file));
  if (found === undefined)
    throw new Error(`${name}: there is no npm next to ${process.execPath}; run this through npm.`);
  return found;
}

/** Runs `npm ARGS` with this Node. */
export function npm(args: readonly string[], cwd: string, env?: NodeJS.ProcessEnv): Promise<Outcome> {
  return execute(process.execPath, [npmCli('npm'), ...args], cwd, env);
}

/** Runs `npx --no ARGS` with this Node, without installing anything. */
export function npx(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Outcome> {
  return execute(process.execPath, [npmCli('npx'), '--no', '--', ...args], cwd, env);
}

/** Runs `pnpm ARGS` with the pinned version. */
export function pnpm(args: readonly string[], cwd: string): Promise<Outcome> {
  return execute(process.execPath, [join(root, 'node_modules/pnpm/bin/pnpm.cjs'), ...args], cwd);
}

/**
 * The environment of a user with an empty home folder. npm keeps its registry, and its cache so that nothing is downloaded
 * again.
 */
export async function emptyHome(home: string): Promise<NodeJS.ProcessEnv> {
  const setting = async (name: string) => (await npm(['config', 'get', name], root)).stdout.trim();
  const [cache, registry] = await Promise.all([setting('cache'), setting('registry')]);
  const env: NodeJS.ProcessEnv = {};
  for (const [name, value] of Object.entries(process.env))
    if (!/^(npm_|pnpm_|xdg_|node_|vitest|init_cwd)/i.test(name)) env[name] = value;
  mkdirSync(home);
  return {
    ...env,
    HOME: home,
    USERPROFILE: home,
    LOCALAPPDATA: join(home, 'local'),
    PATH: [dirname(process.execPath), process.env['PATH']].join(process.platform === 'win32' ? ';' : ':'),
    npm_config_cache: cache,
    npm_config_registry: registry,
    npm_config_prefer_offline: 'true',
    npm_config_update_notifier: 'false',
  };
}

/** Size of a folder in bytes. */
export function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true }).reduce<number>((sum, name) => {
    const { size } = lstatSync(join(folder, String(name)));
    return sum + size;
  }, 0);
}
