// TensorFlow.js on the emulated GPU for a test file.
import { afterAll, beforeAll, expect } from 'vitest';
import * as tf from '@tensorflow/tfjs-core';
import { startCuda, type CudaBackendOptions } from '../src/index.js';
import type { EmulatedGpu } from '../../../tools/cuda/emulation/control.js';
import { onEmulatedGpu } from '../../../tools/cuda/emulation/suite.js';

/** Runs `suite` with the backend `cuda` on the emulated GPU; at the end all memory must be released. */
export async function onCudaBackend(
  suite: (gpu: EmulatedGpu) => void,
  options: (gpu: EmulatedGpu) => CudaBackendOptions = () => ({}),
): Promise<void> {
  await onEmulatedGpu((gpu) => {
    beforeAll(async () => {
      await startCuda({ driver: gpu.library, compiler: gpu.library, cache: null, ...options(gpu) });
    });
    suite(gpu);
    afterAll(() => {
      tf.removeBackend('cuda');
      expect(gpu.allocations()).toBe(0);
    });
  });
}
