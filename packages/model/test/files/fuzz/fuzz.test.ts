// Damaged weights files are read, or refused with a one-sentence error, within 2 s and 256 MB each. FUZZ=full reads 100,000 of
// each kind, otherwise some hundreds.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const FULL = process.env['FUZZ'] === 'full';
const CHILD = fileURLToPath(new URL('child.ts', import.meta.url));
const MEGABYTES = 256;
const SECONDS = 2;

interface Tally {
  read: number;
  refused: number;
  slowest: number;
  grown: number;
}

test.each([
  ['zip', FULL ? 100_000 : 300],
  ['legacy', FULL ? 100_000 : 300],
  ['pickle', FULL ? 100_000 : 300],
  ['safetensors', FULL ? 100_000 : 300],
  ['flood', FULL ? 200 : 8],
])(
  '%s: each of %i damaged files is read, or refused with a one-sentence error, within 2 s and 256 MB',
  (reader, count) => {
    const { stdout, stderr, status, signal } = spawnSync(
      process.execPath,
      [
        `--max-old-space-size=${MEGABYTES}`,
        '--import',
        'tsx',
        '--conditions=@pyramid-mamba/source',
        CHILD,
        reader,
        '0',
        String(count),
      ],
      { encoding: 'utf8', timeout: FULL ? 1_800_000 : 60_000 },
    );
    expect({ status, signal, stderr }, `${reader}: ${stdout}`).toMatchObject({ status: 0, signal: null });
    const tally = JSON.parse(stdout) as Tally;
    if (FULL) console.log(reader, tally);
    expect(tally.read + tally.refused).toBe(count);
    expect(tally.refused).toBeGreaterThan(0);
    expect(tally.slowest).toBeLessThan(SECONDS * 1000);
    expect(tally.grown).toBeLessThan(MEGABYTES * 2 ** 20);
  },
  1_800_000,
);
