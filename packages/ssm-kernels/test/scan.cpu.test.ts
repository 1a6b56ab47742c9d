import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { registerCpuKernels } from '../src/backends/cpu/index.js';
import { pyramidScan } from '../src/index.js';
import { registered } from '../src/kernels/table.js';
import { scanConformance } from './scan.conformance.js';

registerCpuKernels();
scanConformance('cpu');

test('a backend without a kernel for curves refuses them with what is there instead', async () => {
  await tf.setBackend('cpu');
  const kernel = tf.getKernel(registered('orderedScan'), 'cpu');
  tf.unregisterKernel(registered('orderedScan'), 'cpu');
  const options = { scanOrder: 'hilbert', directions: 8 } as const;
  const of = (...shape: number[]): tf.Tensor => tf.ones(shape);
  try {
    const inputs = [of(1, 2, 2, 3), of(1, 2, 2, 8, 3), of(8, 3, 1), of(1, 2, 2, 8, 1), of(1, 2, 2, 8, 1)];
    const call = pyramidScan as (...x: unknown[]) => tf.Tensor;
    expect(() => call(...inputs, of(8, 3), of(8, 3), options)).toThrow(
      /the backend cpu has no scan along hilbert in 8 directions; use another backend, or scanOrder "sweep" in 4/,
    );
  } finally {
    tf.registerKernel(kernel);
  }
});
