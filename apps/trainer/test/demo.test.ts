import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { presets } from '@pyramid-mamba/model';
import { expect, test } from 'vitest';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder, words } from './kit.js';

/** The files of a run of that preset in `folder`. */
function formerRun(folder: string, preset: string): string {
  const { model, train } = presets.tiny;
  const text = JSON.stringify({
    format: 'pyramid-mamba run 1',
    preset,
    data: 'synthetic',
    classes: [],
    encoder: {},
    workers: 1,
    model,
    train,
  });
  mkdirSync(join(folder, 'maps'), { recursive: true });
  writeFileSync(join(folder, 'config.json'), text);
  writeFileSync(join(folder, 'metrics.json'), '{}');
  writeFileSync(join(folder, 'maps', 'old.png'), '');
  return text;
}

async function demo(out: string) {
  const io = recordingIo();
  const code = await main(words(`demo --fast --workers 1 --backend wasm --out ${out}`), io);
  return { code, out: io.stdout, err: io.stderr };
}

const FULL = process.env['FUZZ'] === 'full';
if (!FULL) console.warn('SKIPPED: the shortened demo; .ci/run runs it as a user does, and FUZZ=full here.');

test.skipIf(!FULL)('demo trains, evaluates and draws in one command, replacing an earlier demo', async () => {
  const home = temporaryFolder();
  process.env.XDG_CACHE_HOME = join(home, 'cache');
  const folder = join(home, 'demo');
  formerRun(folder, 'demo');
  const { code, out, err } = await demo(folder);
  expect(err).toBe('');
  expect(code).toBe(0);
  expect(out).toMatch(/\nencoder: .*embedded-\d/);
  expect(out).toMatch(/\nSelf-test of bottle: .* defects drawn on good pictures/);
  expect(out).toMatch(/\nmean( +[01]\.\d{3}){7}\n/);
  expect(out).toMatch(/heat maps are in .*maps/);
  expect(existsSync(join(folder, 'maps', 'bottle', 'good', '000.png'))).toBe(true);
  expect(existsSync(join(folder, 'maps', 'old.png'))).toBe(false);
});

test('demo does not replace a run of another command', async () => {
  const folder = temporaryFolder();
  const before = formerRun(folder, 'tiny');
  const { code, err } = await demo(folder);
  expect(err).toMatch(/contains a run that is not a demo's/);
  expect(code).toBe(2);
  expect(readFileSync(join(folder, 'config.json'), 'utf8')).toBe(before);
  expect(existsSync(join(folder, 'maps', 'old.png'))).toBe(true);
});
