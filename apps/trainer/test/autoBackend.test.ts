import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, expect, test, vi } from 'vitest';
import { pickBackend } from '../src/backend.js';

/** The machine: which engines there are, and which were started. */
const machine = vi.hoisted(() => ({
  tensorflow: 'none' as 'none' | 'cpu' | 'gpu package' | 'gpu',
  webgpu: false,
  started: [] as string[],
}));

vi.mock('@pyramid-mamba/ssm-kernels/tensorflow', () => ({
  isTensorflowInstalled: () => machine.tensorflow !== 'none',
  isGpuTensorflowInstalled: () => machine.tensorflow.startsWith('gpu'),
  startTensorflow: () => {
    machine.started.push('tensorflow');
    if (!tf.findBackendFactory('tensorflow')) tf.registerBackend('tensorflow', () => new tf.KernelBackend());
    const gpu = machine.tensorflow === 'gpu';
    return Promise.resolve({ package: 'tfjs-node', path: '', version: '2', gpu });
  },
}));
vi.mock('@pyramid-mamba/ssm-kernels/webgpu/node', () => ({
  missingVulkan: () => undefined,
  startWebGpuInNode: () => {
    if (!machine.webgpu) return Promise.reject(new Error('webgpu: there is no GPU.'));
    machine.started.push('webgpu');
    return Promise.resolve({ name: 'a GPU', software: false, maxBufferBytes: 0, maxBindingBytes: 0 });
  },
}));

beforeEach(() => {
  machine.started = [];
  if (tf.findBackendFactory('tensorflow')) tf.removeBackend('tensorflow');
});

test.each([
  // tensorflow, webgpu, chosen, started, whether TensorFlow is left
  ['none', false, 'wasm', [], false],
  ['none', true, 'webgpu', ['webgpu'], false],
  ['cpu', true, 'webgpu', ['webgpu'], false],
  ['gpu package', true, 'webgpu', ['tensorflow', 'webgpu'], false],
  ['cpu', false, 'tensorflow', ['tensorflow', 'tensorflow'], true],
  ['gpu package', false, 'tensorflow', ['tensorflow', 'tensorflow'], true],
  ['gpu', true, 'tensorflow', ['tensorflow', 'tensorflow'], true],
] as const)('TensorFlow %s, WebGPU %s: auto is %s and leaves no other engine running', async (...given) => {
  const [tensorflow, webgpu, name, started, left] = given;
  Object.assign(machine, { tensorflow, webgpu });
  expect((await pickBackend('auto')).name).toBe(name);
  expect(machine.started).toEqual(started);
  expect(Boolean(tf.findBackendFactory('tensorflow'))).toBe(left);
});
