// The golden vectors of the scans, of the network's parts and of the optimiser on the emulated GPU.
import * as tf from '@tensorflow/tfjs-core';
import '@pyramid-mamba/ssm-kernels/gradients';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startCuda } from '@pyramid-mamba/ssm-kernels/cuda/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDirectory } from '../golden/directory.ts';
import { runCase } from '../golden/runner.ts';
import { buildEmulation } from './emulation/build.ts';

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
      const { library } = emulation as { library: string };
      await startCuda({ driver: library, compiler: library, cache: null });
    });
    afterAll(() => tf.removeBackend('cuda'));

    // without the cases on the host, and the whole network, for which the emulation is too slow: packages/model has a smaller one
    const cases = openDirectory(directory).filter(
      ({ name }) => !/^(metrics|resize|mask_resize|anomaly_map|lr_schedule|e2e)/.test(name),
    );
    test.each(cases)('$name: outputs and gradients', async (entry) => {
      const { outcome, line } = await runCase(entry);
      expect(outcome, line).toBe('passed');
    });

    test('there are cases of the scans, the blocks, the decoder and the optimiser', () => {
      const kinds = new Set(cases.map(({ name }) => name.split('_')[0]));
      expect([...kinds]).toEqual(expect.arrayContaining(['adamw', 'decoder', 'mff', 'pss', 'scan']));
    });
  });
