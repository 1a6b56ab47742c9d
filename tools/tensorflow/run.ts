import { spawnSync } from 'node:child_process';
import { executable } from '../browser/executable.ts';

export interface RunOptions {
  cwd?: string;
  env?: NodeJS.ProcessEnv;
}

/** The result of a command; `status` is null if it could not be started. */
export interface RunResult {
  status: number | null;
  stdout: string;
  stderr: string;
}

export type Run = (command: string, args: readonly string[], options?: RunOptions) => RunResult;

/** Runs a command to its end. Never throws. */
export const run: Run = (command, args, { cwd, env = process.env } = {}) => {
  let file: string;
  try {
    file = executable(command, env);
  } catch (error) {
    return { status: null, stdout: '', stderr: (error as Error).message };
  }
  // npm is a script there, which needs a shell
  const shell = process.platform === 'win32' && command === 'npm';
  const { status, stdout, stderr, error } = spawnSync(shell ? `"${file}"` : file, [...args], {
    cwd,
    env,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    shell,
  });
  return { status, stdout: stdout ?? '', stderr: stderr || (error?.message ?? '') };
};

/** The most useful line of a command's output: the first with "error" in it, else the last. */
export function complaint({ stdout, stderr }: RunResult): string {
  const lines = `${stdout}\n${stderr}`
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return lines.find((line) => /\berror\b/i.test(line)) ?? lines.at(-1) ?? 'no message';
}
