import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { adamStepAll } from '../src/index.js';
import { adamStepAllConformance } from './adamStepAll.conformance.js';
import { onCudaBackend } from './cudaBackend.js';
import { expectClose } from './expectClose.js';
import { read } from './gradientCase.js';

const options = {
  lr: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0,
  decoupled: true,
  step: 1,
  clipNorm: 1,
};

await onCudaBackend(() => {
  adamStepAllConformance('cuda');

  test('the norm is correct where squares overflow or underflow float32', async () => {
    for (const size of [1e25, 1e-25, 1e-37]) {
      const [norm] = await read(() => {
        const zeros = tf.zeros<tf.Rank.R1>([2]);
        const inputs = { params: [tf.onesLike(zeros)], grads: [tf.tensor1d([3 * size, -4 * size])] };
        return [adamStepAll({ ...inputs, m: zeros, v: zeros, decays: [false] }, options).gradNorm];
      });
      expectClose('gradNorm', [norm![0]! / size], [5], 1e-6);
    }
  });

  test('a tensor of many blocks is updated completely', async () => {
    const size = 5000;
    const [param] = await read(() => {
      const zeros = tf.zeros<tf.Rank.R1>([size]);
      const grads = [tf.fill([size], 2)];
      return adamStepAll(
        { params: [tf.onesLike(zeros)], grads, m: zeros, v: zeros, decays: [false] },
        { ...options, clipNorm: null },
      ).params;
    });
    expect(new Set(param!).size).toBe(1);
    expectClose('param', [param![size - 1]!], [0.99], 1e-6);
  });
});
