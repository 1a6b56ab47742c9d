// A command of the browser tests that runs in Node: the command line's model of a test's pictures.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BrowserCommand } from 'vitest/node';
import { commandLine } from '../../trainer/test/bundled.js';

/** Runs `pyramid-mamba train FOLDER --quick ARGS` on wasm. Files are base64, pictures by their path in the folder. Returns the model file in base64. */
export const trainQuick: BrowserCommand<
  [pictures: Readonly<Record<string, string>>, args: readonly string[]]
> = async (_, pictures, args): Promise<string> => {
  const script = await commandLine();
  const home = mkdtempSync(join(tmpdir(), 'pm-train-'));
  try {
    for (const [path, picture] of Object.entries(pictures)) {
      mkdirSync(dirname(join(home, 'data', path)), { recursive: true });
      writeFileSync(join(home, 'data', path), Buffer.from(picture, 'base64'));
    }
    const [out, cache] = [join(home, 'run'), join(home, 'cache')];
    const line = [
      'train',
      join(home, 'data'),
      '--quick',
      '--out',
      out,
      '--cache',
      cache,
      '--backend',
      'wasm',
    ];
    execFileSync(process.execPath, [script, ...line, ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
    return readFileSync(join(out, 'model.safetensors')).toString('base64');
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
};
