// Node's results for the same files.
import { execFileSync } from 'node:child_process';
import { commandLine } from '../../../trainer/test/bundled.js';
import type { Found } from './acts.js';

/** The output of `pyramid-mamba predict` for a picture, on wasm. */
export async function predicted(model: string, picture: string): Promise<Found> {
  const args = ['predict', picture, '--model', model, '--backend', 'wasm'];
  const out = execFileSync(process.execPath, [await commandLine(), ...args], {
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
