// A command of the browser tests that runs in Node: the command line's lines for pictures of a test.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BrowserCommand } from 'vitest/node';
import { commandLine } from '../../trainer/test/bundled.js';

/** A line of `pyramid-mamba predict`. */
export type Line = Record<string, unknown>;

/**
 * Runs `pyramid-mamba predict FOLDER --model … ARGS` on wasm. Files are base64, pictures by their path in the folder.
 * Returns the lines in the order of the pictures' paths.
 */
export const predict: BrowserCommand<
  [model: string, pictures: Readonly<Record<string, string>>, args: readonly string[]]
> = async (_, model, pictures, args): Promise<Line[]> => {
  const script = await commandLine();
  const home = mkdtempSync(join(tmpdir(), 'pm-same-'));
  try {
    const bytes = (text: string) => Buffer.from(text, 'base64');
    const file = join(home, 'model.safetensors');
    writeFileSync(file, bytes(model));
    for (const [path, picture] of Object.entries(pictures)) {
      mkdirSync(dirname(join(home, 'pictures', path)), { recursive: true });
      writeFileSync(join(home, 'pictures', path), bytes(picture));
    }
    const line = ['predict', join(home, 'pictures'), '--model', file, '--backend', 'wasm', '--json', ...args];
    const out = execFileSync(process.execPath, [script, ...line], {
      encoding: 'utf8',
      maxBuffer: 2 ** 26,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    return out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text) as Line);
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
};
