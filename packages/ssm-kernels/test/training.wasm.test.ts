import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@pyramid-mamba/ssm-kernels/gradients';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { expectClose } from './expectClose.js';
import { evaluate, poison, read } from './gradientCase.js';
import { uniform } from './random.js';
import { registerCpuKernels } from '../src/backends/cpu/index.js';
import { registerWasmKernels, replaceWasmKernels } from '../src/backends/wasm/index.js';
import { trainingConformance } from './training.conformance.js';

registerCpuKernels();
// the other module: training.wasm.fused.test.ts
await registerWasmKernels({ fused: false });
await replaceWasmKernels();
trainingConformance('wasm');

test('the gradient of a depthwise convolution with channel multiplier 2 is an error on wasm', () => {
  const x = tf.zeros([1, 3, 3, 2]) as tf.Tensor4D;
  const filter = tf.zeros([3, 3, 2, 2]) as tf.Tensor4D;
  const gradient = tf.grad((v) => tf.depthwiseConv2d(v as tf.Tensor4D, filter, 1, 'same'));
  expect(() => gradient(x)).toThrow('channel multiplier 1, got 2');
});

test('an int32 matrix product is an error on wasm', () => {
  expect(() => tf.matMul(tf.ones([2, 2], 'int32'), tf.ones([2, 2], 'int32'))).toThrow('float32');
});

describe('convolutions without a gradient of ours', () => {
  const picture = [2, 7, 6, 5];
  const onBoth = async (f: () => tf.Tensor): Promise<void> => {
    await tf.setBackend('cpu');
    const want = tf.tidy(() => f().dataSync());
    await tf.setBackend('wasm');
    poison();
    const got = tf.tidy(() => f().dataSync());
    expectClose('y', got, want, 1e-5);
  };
  const tensor = (seed: number, shape: number[]): tf.Tensor4D =>
    tf.tensor4d(uniform(seed, tf.util.sizeFromShape(shape)), shape as [number, number, number, number]);

  test.each(['linear', 'relu', 'relu6', 'elu', 'sigmoid'] as const)(
    'fused.conv2d with a bias and activation %s equals that of tfjs-backend-cpu',
    (activation) =>
      onBoth(() =>
        tf.fused.conv2d({
          x: tensor(1, picture),
          filter: tf.mul(tensor(2, [3, 3, 5, 7]), 3),
          strides: 2,
          pad: 'same',
          bias: tf.tensor1d(uniform(3, 7)),
          activation,
        }),
      ),
  );

  test('fused.conv2d without a bias equals that of tfjs-backend-cpu', () =>
    onBoth(() =>
      tf.fused.conv2d({
        x: tensor(1, picture),
        filter: tensor(2, [1, 1, 5, 4]),
        strides: 1,
        pad: 'valid',
        activation: 'relu',
      }),
    ));

  test('a dilated conv2d and depthwiseConv2d still use the kernels of tfjs', async () => {
    await onBoth(() => tf.conv2d(tensor(1, picture), tensor(2, [3, 2, 5, 4]), 1, 'same', 'NHWC', 2));
    await onBoth(() => tf.depthwiseConv2d(tensor(1, picture), tensor(2, [3, 3, 5, 1]), 1, 'same', 'NHWC', 2));
  });

  test('depthwiseConv2d with channel multiplier 2 still uses the kernel of tfjs', () =>
    onBoth(() => tf.depthwiseConv2d(tensor(1, picture), tensor(2, [3, 3, 5, 2]), 1, 'same')));

  test('the gradient of fused.conv2d equals the unfused one', async () => {
    await tf.setBackend('wasm');
    const shapes = [picture, [3, 3, 5, 7]];
    const plain = await evaluate({
      title: 'plain',
      shapes,
      op: (x, f) => tf.relu(tf.conv2d(x as tf.Tensor4D, f as tf.Tensor4D, 1, 'same')),
    });
    const fused = await evaluate({
      title: 'fused',
      shapes,
      op: (x, f) =>
        tf.fused.conv2d({
          x: x as tf.Tensor4D,
          filter: f as tf.Tensor4D,
          strides: 1,
          pad: 'same',
          activation: 'relu',
        }),
    });
    expectClose('y', fused.y, plain.y, 1e-6);
    fused.gradients.forEach((g, i) => expectClose(`gradient ${i}`, g, plain.gradients[i]!, 1e-6));
  });
});

test('a clone shares memory and outlives its original', async () => {
  await tf.setBackend('wasm');
  const x = tf.tensor1d(new Float32Array(1000).fill(3));
  const { numDataBuffers } = tf.memory();
  const y = tf.clone(x);
  expect(tf.memory().numDataBuffers).toBe(numDataBuffers);
  x.dispose();
  tf.tensor1d(new Float32Array(1000).fill(NaN)).dispose();
  expect(y.dataSync()[999]).toBe(3);
  y.dispose();
});

// two guarantees of our matrix product that tfjs's own on other backends does not give
test('matMul broadcasts the batch axes', async () => {
  for (const [batchA, batchB] of [
    [
      [2, 1],
      [1, 3],
    ],
    [[3], [2, 3]],
    [[1], [4]],
    [[4], []],
  ] as const) {
    await tf.setBackend('cpu');
    const batch = tf.broadcast_util.assertAndGetBroadcastShape([...batchA], [...batchB]);
    const full = ([a, b]: tf.Tensor[]): tf.Tensor =>
      tf.matMul(tf.broadcastTo(a!, [...batch, 3, 5]), tf.broadcastTo(b!, [...batch, 5, 2]));
    const make = (): tf.Tensor[] =>
      [
        [...batchA, 3, 5],
        [...batchB, 5, 2],
      ].map((shape) => tf.reshape(tf.sin(tf.range(0, tf.util.sizeFromShape(shape))), shape));
    const [want] = await read(() => [full(make())]);
    await tf.setBackend('wasm');
    poison();
    const [got] = await read(() => {
      const [a, b] = make();
      const y = tf.matMul(a!, b!);
      expect(y.shape).toEqual([...batch, 3, 2]);
      return [y];
    });
    expectClose(`(${batchA.join()}) · (${batchB.join()})`, got!, want!, 1e-5);
  }
});

test('a matrix product over an inner axis of size 0 is zero', async () => {
  await tf.setBackend('wasm');
  poison();
  const y = tf.matMul(tf.zeros([3, 0]), tf.zeros([0, 5]));
  expectClose('y', await y.data(), new Float32Array(15), 0);
});
