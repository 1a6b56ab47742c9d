// The folder for a machine with a GPU is packed and runs by itself, here on the emulated GPU and small shapes.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildEmulation } from '../cuda/emulation/build.ts';
import { floorOf } from './floor.ts';
import { pack } from './pack.ts';
import type { ScanTime } from './scanTimes.ts';

const h100 = {
  device: 0,
  name: '',
  architecture: 90,
  memoryBytes: 0,
  multiprocessors: 132,
  sharedBytes: 0,
  clockKhz: 1_980_000,
  memoryClockKhz: 2_619_000,
  memoryBusBits: 5120,
};

test('the floor counts bytes and exponentials, and the time a GPU needs for them', () => {
  const forward = floorOf(h100, 16, { side: 64, channels: 128 }, false);
  // u and y 33.6 MB each, delta 134.2 MB, B and C 33.6 MB
  expect(forward.bytes).toBe(4 * 16 * 4096 * (128 + 512 + 128 + 128));
  expect(forward.exponentials).toBe(16 * 4096 * 4 * 128 * 16);
  expect(forward.bytesMs).toBeCloseTo(0.07, 2);
  expect(forward.exponentialsMs).toBeCloseTo(0.128, 3);
  const backward = floorOf(h100, 16, { side: 64, channels: 128 }, true);
  expect(backward.bytes).toBe(4 * 16 * 4096 * (2 * (128 + 512 + 128) + 128));
  const unknown = floorOf({ ...h100, memoryClockKhz: 0, clockKhz: 0 }, 1, { side: 8, channels: 8 }, false);
  expect([unknown.bytesMs, unknown.exponentialsMs]).toEqual([undefined, undefined]);
});

const emulation = buildEmulation();
const reason =
  process.platform !== 'linux'
    ? `packing works on Linux, this is ${process.platform}.`
    : 'reason' in emulation
      ? emulation.reason
      : undefined;

if (reason !== undefined) {
  console.warn(`SKIPPED: the packed GPU bench. ${reason}`);
  test.skip(`the packed GPU bench: ${reason}`, () => {});
} else
  describe('the packed folder', () => {
    const { library } = emulation as { library: string };
    let folder: string;
    let out: string;

    /** Runs the folder in an environment without anything but Node and perhaps Python. */
    const run = (...options: string[]): string =>
      execFileSync(
        'sh',
        ['run.sh', '--driver', library, '--compiler', library, '--repeats', '2', ...options],
        {
          cwd: out,
          encoding: 'utf8',
          env: {
            PATH: process.env['PATH'] ?? '',
            NODE: process.execPath,
            TMPDIR: folder,
            XDG_CACHE_HOME: join(folder, 'cache'),
          },
          stdio: ['ignore', 'pipe', 'pipe'],
        },
      );

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'pyramid-mamba-gpu-bench-'));
      out = join(folder, 'packed');
      const bytes = await pack({ out, withoutNode: true });
      expect(bytes).toBeLessThan(40e6);
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test('checks, times and compares with the floor; reports what was not run', () => {
      const printed = run('--dry', '--scan-only');
      expect(printed).toMatch(/^Emulated GPU 0, compute capability 9\.0, kernels for sm_90$/m);
      expect(printed).toMatch(
        /^checked 4×4, 24 channels: output and gradients within \S+ of the definition$/m,
      );
      for (const [batch, pass] of [
        [1, 'forward'],
        [1, 'backward'],
        [2, 'forward'],
        [2, 'backward'],
      ])
        expect(printed).toMatch(
          new RegExp(
            `^4×4, d 8, batch ${batch}, ${pass}: [\\d.]+ ms .*; floor: .* MB .* exp2 .* × the floor$`,
            'm',
          ),
        );
      expect(printed).toContain('whole network: not run, excluded on the command line');
      expect(printed).toMatch(/PyTorch/);
      const results = JSON.parse(readFileSync(join(out, 'results', 'results.json'), 'utf8')) as ScanTime[];
      expect(results).toHaveLength(4);
      expect(existsSync(join(out, 'results', 'case.bin'))).toBe(true);
    });

    test('without a driver it fails with an error message', () => {
      let message = '';
      try {
        run('--dry', '--driver', '/nowhere/libcuda.so.1');
      } catch (error) {
        message = (error as { stderr: string }).stderr;
      }
      expect(message).toMatch(/^cuda: NVIDIA's driver was not found/m);
    });

    test('the network part loads on its own, is checked on cuda, and without a Vulkan device reports why it did not run on webgpu', () => {
      const printed = run('--dry');
      expect(printed).toMatch(/^whole network, cuda: checked, map within \S+, loss within \S+$/m);
      expect(printed).toMatch(/whole network on webgpu: not run, webgpu: |whole network, webgpu/);
    });
  });
