import '@tensorflow/tfjs-backend-cpu';
import '@tensorflow/tfjs-backend-wasm';
import '@pyramid-mamba/ssm-kernels/gradients';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { registerCpuKernels } from '../src/cpu/index.js';
import { registerWasmKernels } from '../src/wasm/index.js';
import { trainingConformance } from './training.conformance.js';

registerCpuKernels();
await registerWasmKernels();
trainingConformance('wasm');

test('the gradient of a depthwise convolution with channel multiplier 2 is refused on wasm', () => {
  const x = tf.zeros([1, 3, 3, 2]) as tf.Tensor4D;
  const filter = tf.zeros([3, 3, 2, 2]) as tf.Tensor4D;
  const gradient = tf.grad((v) => tf.depthwiseConv2d(v as tf.Tensor4D, filter, 1, 'same'));
  expect(() => gradient(x)).toThrow('channel multiplier 1, got 2');
});

test('an int32 matrix product is refused on wasm', () => {
  expect(() => tf.matMul(tf.ones([2, 2], 'int32'), tf.ones([2, 2], 'int32'))).toThrow('float32');
});
