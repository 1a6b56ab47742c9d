// The kernels compile with NVIDIA's compilers, if installed, and do not spill registers.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { executable } from '../browser/executable.ts';
import { SCAN } from '../../packages/ssm-kernels/src/backends/cuda/sources.js';
import { OPTIONS } from '../../packages/tfjs-backend-cuda/src/device/kernelImage.js';
import { Nvrtc } from '../../packages/tfjs-backend-cuda/src/driver/nvrtc.js';
import { ARCHITECTURES, compileUses, readUses, usesTable } from './registers.ts';

/** Compiling takes seconds, or minutes under load. */
const PATIENCE = 600_000;

const required = (process.env['REQUIRE_BACKENDS'] ?? '').split(',');

/** Skips a suite with a message, or fails if REQUIRE_BACKENDS names `name`. */
function absent(name: string, what: string, reason: string): void {
  if (required.includes(name)) throw new Error(`REQUIRE_BACKENDS names ${name}, but ${reason}`);
  console.warn(`SKIPPED: ${what}. ${reason}`);
  test.skip(`${what}: ${reason}`, () => {});
}

const LOG = `ptxas info    : Compiling entry function 'output_16' for 'sm_90'
ptxas info    : Function properties for output_16
    8 bytes stack frame, 4 bytes spill stores, 12 bytes spill loads
ptxas info    : Used 96 registers, used 1 barriers, 512 bytes smem, 624 bytes cmem[0]
ptxas info    : Compiling entry function 'output_4' for 'sm_90'
ptxas info    : Function properties for output_4
    0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads
ptxas info    : Used 71 registers, used 0 barriers
`;

test('the output of ptxas is parsed, kernel by kernel, into a table', () => {
  const uses = readUses(LOG, 'sm_90');
  expect(uses).toEqual([
    { kernel: 'output_4', architecture: 'sm_90', registers: 71, spills: 0, stack: 0, shared: 0 },
    { kernel: 'output_16', architecture: 'sm_90', registers: 96, spills: 16, stack: 8, shared: 512 },
  ]);
  expect(usesTable(uses)).toContain('| output_16 | 96, 16, 512 |');
});

const nvrtc = await Nvrtc.load().catch((error: Error) => error);
if (nvrtc instanceof Error) absent('nvrtc', 'the kernels compiled by NVRTC', nvrtc.message);
else
  describe(`NVRTC ${nvrtc.version}`, () => {
    const architectures = ARCHITECTURES.filter((a) => nvrtc.architectures.includes(Number(a.slice(3))));

    test.each(architectures)(
      '%s: every kernel compiles, and none spills',
      (architecture) => {
        const uses = compileUses(nvrtc, [architecture]);
        expect(uses.map(({ kernel }) => kernel)).toContain('gradient_8');
        expect(uses.map(({ kernel }) => kernel)).toContain('convolution_gradInput');
        expect(uses.length).toBe(18 + 123);
        expect(uses.filter(({ spills, stack }) => spills > 0 || stack > 0)).toEqual([]);
        // with fewer, the launch of 128 threads would fail
        for (const { registers } of uses) expect(registers).toBeLessThanOrEqual(168);
      },
      PATIENCE,
    );

    test(
      'an exponential is one instruction: no scaling around ex2',
      () => {
        const { image } = nvrtc.compile(SCAN.sources, SCAN.file, 'compute_80', OPTIONS);
        const ptx = new TextDecoder().decode(image);
        expect(ptx.match(/ex2\.approx\.ftz\.f32/g)!.length).toBeGreaterThan(100);
        expect(ptx).not.toMatch(/ex2\.approx\.f32/);
      },
      PATIENCE,
    );

    test('an error of the compiler is one sentence with its line', () => {
      expect(() => nvrtc.compile({ 'a.cu': 'int x = y;\n' }, 'a.cu', 'sm_80', [])).toThrow(
        /^cuda: NVRTC [\d.]+ failed to compile a\.cu for sm_80 \(error 6\): a\.cu\(1\): error: /,
      );
    });
  });

let nvcc: string | undefined;
try {
  nvcc = /release ([\d.]+)/.exec(execFileSync(executable('nvcc'), ['--version'], { encoding: 'utf8' }))![1]!;
} catch {
  absent('nvcc', 'the kernels compiled by nvcc', 'nvcc is not on PATH.');
}
if (nvcc !== undefined)
  test.each([
    'ssm-kernels/src/backends/cuda/kernels/scan.cu',
    'ssm-kernels/src/backends/cuda/kernels/training.cu',
    'tfjs-backend-cuda/src/kernels/backend.cu',
  ])(
    `nvcc ${nvcc} compiles %s unchanged, without a warning`,
    (name) => {
      const at = (path: string) => fileURLToPath(new URL(`../../packages/${path}`, import.meta.url));
      const shared = ['-I', at('tfjs-backend-cuda/src/kernels')];
      const folder = mkdtempSync(join(tmpdir(), 'pyramid-mamba-nvcc-'));
      try {
        const args = [
          '-cubin',
          '-arch=sm_80',
          '--ftz=true',
          '-std=c++17',
          '-Werror',
          'all-warnings',
          '-o',
          join(folder, 'kernels.cubin'),
        ];
        execFileSync(executable('nvcc'), [...args, ...shared, at(name)], { stdio: 'pipe' });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    PATIENCE,
  );
