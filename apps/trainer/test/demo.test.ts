import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { main } from '../src/main.js';
import { recordingIo, temporaryFolder } from './kit.js';

test('demo trains, evaluates and draws in one command, and replaces its own former run only', async () => {
  const home = temporaryFolder();
  process.env.XDG_CACHE_HOME = join(home, 'cache');
  const out = join(home, 'demo');
  const argv = ['demo', '--fast', '--max-steps', '1', '--out', out];
  for (let time = 0; time < 2; time++) {
    const io = recordingIo();
    expect(await main(argv, io)).toBe(0);
    expect(io.stderr).toBe('');
    expect(io.stdout).toMatch(/encoder: seeded resnet18, width \d+, untrained/);
    expect(io.stdout).toMatch(/\nmean( +[01]\.\d{3}){7}\n/);
    expect(io.stdout).toMatch(/look at the heat maps in .*maps/);
  }
  expect(existsSync(join(out, 'maps', 'bottle', 'good', '000.png'))).toBe(true);

  const config = join(out, 'config.json');
  const foreign = readFileSync(config, 'utf8').replace('"preset": "demo"', '"preset": "tiny"');
  const other = join(home, 'other');
  mkdirSync(other);
  writeFileSync(join(other, 'config.json'), foreign);
  const io = recordingIo();
  expect(await main([...argv.slice(0, -1), other], io)).toBe(2);
  expect(io.stderr).toMatch(/holds a run that is not a demo's/);
  expect(readFileSync(join(other, 'config.json'), 'utf8')).toBe(foreign);
});
