import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, test } from 'vitest';
import { registerWasmKernels, replaceWasmKernels } from '../src/backends/wasm/index.js';
import { poison } from './gradientCase.js';
import { uniform } from './random.js';

beforeAll(async () => {
  tf.env().set('PROD', true); // the cpu backend otherwise prints an advertisement
  await registerWasmKernels();
  await replaceWasmKernels();
});

const tensor = (shape: number[], seed: number, dtype: 'float32' | 'int32' = 'float32'): tf.Tensor =>
  tf.tensor(
    [...uniform(seed, tf.util.sizeFromShape(shape), -9, 9)].map(dtype === 'int32' ? Math.round : Number),
    shape,
    dtype,
  );

/** The same on tfjs-backend-cpu and on wasm: values and shapes, exactly, since nothing is computed. */
async function expectSame(f: () => tf.Tensor[]): Promise<void> {
  const run = async (backend: string): Promise<{ shape: number[]; values: number[] }[]> => {
    await tf.setBackend(backend);
    poison();
    const results = tf.tidy(f);
    const read = results.map((t) => ({ shape: t.shape, values: [...t.dataSync()] }));
    tf.dispose(results);
    return read;
  };
  expect(await run('wasm')).toEqual(await run('cpu'));
}

test.each([
  { sides: [3, 5, 1], axis: 3 },
  { sides: [4, 4], axis: -1 },
  { sides: [1, 7, 2, 9], axis: 0 },
  { sides: [6, 3], axis: 1 },
  { sides: [2, 0, 3], axis: 2 },
])(
  'tensors of $sides along axis $axis are joined and split as on cpu, in float32 and int32',
  async ({ sides, axis }) => {
    for (const dtype of ['float32', 'int32'] as const) {
      const shapes = sides.map((side) => [2, 3, 4, 5].map((full, i) => (i === (axis + 4) % 4 ? side : full)));
      await expectSame(() => [
        tf.concat(
          shapes.map((shape, i) => tensor(shape, i, dtype)),
          axis,
        ),
      ]);
      const whole = [2, 3, 4, 5].map((full, i) =>
        i === (axis + 4) % 4 ? sides.reduce((a, b) => a + b) : full,
      );
      await expectSame(() => tf.split(tensor(whole, 7, dtype), [...sides], axis));
    }
  },
);

test('a split into equal parts, with a part of the rest, and of a vector are as on cpu', async () => {
  await expectSame(() => tf.split(tensor([2, 6, 3], 1), 3, 1));
  await expectSame(() => tf.split(tensor([5, 8], 2), [3, -1, 1], 1));
  await expectSame(() => tf.split(tensor([7], 3), [3, 4]));
});

test.each([
  { begin: [0, 0, 1, 0], size: [2, 3, 2, 5] },
  { begin: [1, 0, 0, 0], size: [1, -1, -1, -1] },
  { begin: [0, 0, 0, 2], size: [2, 3, 4, 3] },
  { begin: [0, 1, 1, 1], size: [2, 2, 3, 1] },
  { begin: [0, 0, 0, 0], size: [2, 3, 4, 5] },
  { begin: [0, 2, 0, 0], size: [2, 0, 4, 5] },
])('a slice from $begin of size $size is as on cpu, in float32 and int32', async ({ begin, size }) => {
  for (const dtype of ['float32', 'int32'] as const)
    await expectSame(() => [tf.slice(tensor([2, 3, 4, 5], 5, dtype), begin, size)]);
});

test('tensors that do not fit are an error on wasm as on cpu, and a failed call leaks nothing', async () => {
  await tf.setBackend('wasm');
  const before = tf.memory().numTensors;
  const join = (): unknown => tf.tidy(() => tf.concat([tensor([2, 3], 1), tensor([3, 4], 2)], 1));
  expect(join).toThrow('shape');
  expect(tf.memory().numTensors).toBe(before);
});
