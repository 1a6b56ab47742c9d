import '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { expect, test } from 'vitest';
import { CudaError } from '../src/backends/cuda/index.js';
import { EngineError, engineErrorOf, linear, WebGpuError } from '../src/index.js';
import { registerWasmKernels } from '../src/backends/wasm/index.js';

test.each<[string, Error]>([
  ['a full GPU of CUDA', new CudaError('memory', 'cuda: the GPU is full; use a smaller batch.')],
  ['a lost device of WebGPU', new WebGpuError('lost', 'webgpu: the device was lost.')],
  ['a full memory of TensorFlow', new Error('Invalid TF_Status: 8\nMessage: OOM when allocating tensor')],
  ['a failed call of TensorFlow', new Error('Invalid TF_Status: 13\nMessage: internal')],
  ['a full host', new RangeError('Array buffer allocation failed')],
  ['a full WebAssembly', new RangeError('WebAssembly.Memory(): could not allocate memory')],
  ['an aborted WebAssembly', new WebAssembly.RuntimeError('memory access out of bounds')],
])('%s is a failure of the engine, with a next step', (_, error) => {
  const found = engineErrorOf(error);
  expect(found).toBeInstanceOf(EngineError);
  expect(found!.message).toContain(error.message);
});

test.each<[string, unknown]>([
  ['a call with invalid arguments', new CudaError('usage', 'scan: d must be an integer')],
  ['a fault of the program', new TypeError('x is not a function')],
  ['a length out of range', new RangeError('meanFeature: no features')],
  ['a text', 'out of memory'],
])('%s is none', (_, error) => expect(engineErrorOf(error)).toBeUndefined());

test('wasm: an allocation that fails is an error, and no address 0 is written to', async () => {
  await registerWasmKernels();
  await tf.setBackend('wasm');
  await tf.ready();
  const x = tf.ones([2, 2]);
  linear(x, x).dispose();
  const { wasm } = tf.backend() as unknown as { wasm: { _malloc: (bytes: number) => number } };
  // more than WebAssembly's 4 GiB can hold: the allocator itself answers 0
  expect(() => wasm._malloc(0xfffffff0)).toThrow(EngineError);
  expect(() => wasm._malloc(0xfffffff0)).toThrow(/no memory for another 4096\.0 MiB.*smaller/);
  x.dispose();
});
