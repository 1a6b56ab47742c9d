// The golden vectors of the scan and of PSS on the emulated GPU.
import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs-core';
import { registerCpuKernels } from '@pyramid-mamba/ssm-kernels/cpu';
import { openCuda } from '@pyramid-mamba/ssm-kernels/cuda';
import { beforeAll, describe, expect, test } from 'vitest';
import { openDirectory } from '../golden/directory.ts';
import { runCase } from '../golden/runner.ts';
import { buildEmulation } from './emulation/build.ts';
import { BACKEND, registerEmulatedBackend } from './emulation/tfjsBackend.ts';

const directory = fileURLToPath(new URL('../../../shared/golden', import.meta.url));
const emulation = buildEmulation();
const reason =
  'reason' in emulation
    ? emulation.reason
    : existsSync(directory)
      ? undefined
      : `the golden vectors are not beside the checkout (${directory}).`;

if (reason !== undefined) {
  console.warn(`SKIPPED: golden vectors on the emulated GPU. ${reason}`);
  test.skip(`golden vectors on the emulated GPU: ${reason}`, () => {});
} else
  describe('golden vectors on the emulated GPU', () => {
    beforeAll(async () => {
      registerCpuKernels();
      const { library } = emulation as { library: string };
      registerEmulatedBackend(await openCuda({ driver: library, compiler: library, cache: null }));
      expect(await tf.setBackend(BACKEND)).toBe(true);
    });

    const cases = openDirectory(directory).filter(({ name }) => /^(scan|pss)_/.test(name));
    test.each(cases)('$name: outputs and gradients', async (entry) => {
      const { passed, line } = await runCase(entry);
      expect(passed, line).toBe(true);
    });

    test('there are cases of both', () => {
      const kinds = new Set(cases.map(({ name }) => name.split('_')[0]));
      expect([...kinds].sort()).toEqual(['pss', 'scan']);
    });
  });
