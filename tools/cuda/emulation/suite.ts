// The emulated GPU for a test file; a missing C++ compiler is a loud skip.
import { afterAll, beforeEach, describe, expect } from 'vitest';
import { buildEmulation } from './build.js';
import { controlEmulation, type EmulatedGpu } from './control.js';

/** Runs `suite` with the emulated GPU; if it cannot be built, prints why and skips. */
export async function onEmulatedGpu(suite: (gpu: EmulatedGpu) => void): Promise<void> {
  const emulation = buildEmulation();
  if ('reason' in emulation) {
    console.warn(`SKIPPED: CUDA kernels on an emulated GPU. ${emulation.reason}`);
    describe.skip(`cuda-emulation: ${emulation.reason}`, () => suite({} as EmulatedGpu));
    return;
  }
  const gpu = await controlEmulation(emulation.library);
  describe('cuda-emulation', () => {
    beforeEach(() => gpu.set());
    suite(gpu);
    afterAll(() => expect(gpu.trace().filter((line) => line.startsWith('failed'))).toEqual([]));
  });
}
