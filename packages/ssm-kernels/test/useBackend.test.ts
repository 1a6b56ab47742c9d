import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { useBackend, type BackendName } from '../src/backend.js';
import { layerNorm } from '../src/index.js';
import { expectClose } from './expectClose.js';

/** The functions of tfjs's own kernels on wasm, by name. */
const own = (): Map<string, unknown> =>
  new Map(
    tf
      .getKernelsForBackend('wasm')
      .filter(({ kernelName }) => !kernelName.startsWith('Ssm'))
      .map(({ kernelName, kernelFunc }) => [kernelName, kernelFunc]),
  );

test.each(['cpu', 'wasm'] as const)(
  'one call makes %s the backend, with our ops and all gradients',
  async (name) => {
    await useBackend(name);
    expect(tf.getBackend()).toBe(name);
    const loss = (x: tf.Tensor): tf.Tensor =>
      tf.sum(tf.square(layerNorm(x, tf.tensor1d([1, 2]), tf.zeros([2]))));
    const gradient = tf.grad(loss)(tf.tensor2d([0, 2], [1, 2]));
    // n = ±1 and Σ (gamma n)² = 5 up to epsilon, whatever the distance of the two values
    expectClose('gradient', await gradient.data(), [0, 0], 1e-4);
    expectClose('loss', await loss(tf.tensor2d([0, 2], [1, 2])).data(), [5], 1e-4);
  },
);

test('tfjs-backend-wasm keeps its own kernels until they are replaced by a call of its own', async () => {
  await import('@tensorflow/tfjs-backend-wasm');
  const before = own();
  await useBackend('wasm');
  const after = own();
  for (const [name, kernel] of before) expect(after.get(name), name).toBe(kernel);
  expect([...after.keys()].filter((name) => !before.has(name))).toEqual([]);

  await useBackend('wasm', { replaceKernels: true });
  const replaced = [...own()].filter(([name, kernel]) => kernel !== after.get(name));
  expect(replaced.map(([name]) => name).toSorted()).toEqual([
    'BatchMatMul',
    'Concat',
    'Conv2D',
    'Conv2DBackpropInput',
    'DepthwiseConv2dNative',
    'FusedConv2D',
    'Identity',
    'Slice',
    'SplitV',
  ]);
});

test('an unknown name is an error that lists the known ones', async () => {
  await expect(useBackend('metal' as BackendName)).rejects.toThrow(
    'useBackend: the backend must be cpu, wasm, webgpu, got metal.',
  );
});
