import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adamStepAll } from '../src/index.js';
import { limitBindingBytes } from '../src/backends/webgpu/device/dispatch.js';
import { adamStepAllConformance } from './adamStepAll.conformance.js';
import { expectClose } from './expectClose.js';
import { read } from './gradientCase.js';
import { uniform } from './random.js';
import { onWebGpu } from './webgpuKit.js';

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

/** The norm and the new parameters (before: all 1) of a step with these gradients. */
function stepFromOne(grad: Float32Array): Promise<Float32Array[]> {
  return read(() => {
    const zeros = tf.zeros<tf.Rank.R1>([grad.length]);
    const inputs = { params: [tf.onesLike(zeros)], grads: [tf.tensor1d(grad)], m: zeros, v: zeros };
    const { gradNorm, params } = adamStepAll({ ...inputs, decays: [false] }, options);
    return [gradNorm, ...params];
  });
}

await onWebGpu(() => {
  adamStepAllConformance('webgpu');

  test('the norm is correct where squares overflow or underflow float32', async () => {
    for (const size of [1e25, 1e-25, 1e-37]) {
      const [norm] = await stepFromOne(Float32Array.of(3 * size, -4 * size));
      expectClose('gradNorm', [norm![0]! / size], [5], 1e-6);
    }
  });

  test('gradients so small that a GPU may flush them to 0 give finite results', async () => {
    const [norm, params] = await stepFromOne(Float32Array.of(1e-44, 0));
    expect(norm![0]).toBeLessThan(1e-37);
    expectClose('params', params!, [1, 1], 1e-6);
  });

  describe('in ranges that fit a binding', () => {
    // exactly one block of the norm
    beforeAll(() => limitBindingBytes(256 + 4 * 4096));
    afterAll(() => limitBindingBytes(Infinity));

    test.each([4096, 4097, 20_000])('the norm of %i gradients equals the float64 norm', async (count) => {
      const grad = uniform(7, count);
      const [norm, params] = await stepFromOne(grad);
      expectClose('gradNorm', norm!, [Math.hypot(...grad)], 1e-6);
      // without moments the first step of Adam moves by lr against each sign
      const want = grad.map((g) => 1 - options.lr * Math.sign(g));
      expectClose('params', params!, want, 1e-3);
    });
  });
});
