import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * Resolves a command's name to a file in the absolute folders of PATH. Otherwise Windows, or an empty entry of PATH elsewhere,
 * would run a program from the working directory. A name that contains a folder is returned unchanged.
 *
 * @throws Error with the code ENOENT if no folder has it
 */
export function executable(name: string, env: NodeJS.ProcessEnv = process.env): string {
  if (/[\\/]/.test(name)) return name;
  const key = Object.keys(env).find((one) => one.toUpperCase() === 'PATH') ?? 'PATH';
  const endings = process.platform === 'win32' ? (env['PATHEXT'] ?? '.EXE;.CMD;.BAT').split(';') : [''];
  for (const folder of (env[key] ?? '').split(delimiter).filter((one) => isAbsolute(one)))
    for (const ending of endings) {
      const path = join(folder, name + ending);
      if (isExecutable(path)) return path;
    }
  throw Object.assign(new Error(`there is no ${name} on PATH`), { code: 'ENOENT' });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
