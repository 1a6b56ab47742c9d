// Node's results for the same files.
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Found } from './acts.js';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The output of `pyramid-mamba predict` for a picture, on wasm. */
export function predicted(model: string, picture: string): Found {
  const loader = [
    '--import',
    here('../../../../tools/loaders/tfjs-esm-hook.mjs'),
    '--import',
    'tsx',
    '--conditions=@pyramid-mamba/source',
  ];
  const args = ['predict', picture, '--model', model, '--backend', 'wasm'];
  const out = execFileSync(process.execPath, [...loader, here('../../../trainer/src/cli.ts'), ...args], {
    cwd: here('../../../trainer'),
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  return JSON.parse(
    out
      .trim()
      .split('\n')
      .find((line) => line.startsWith('{'))!,
  ) as Found;
}
