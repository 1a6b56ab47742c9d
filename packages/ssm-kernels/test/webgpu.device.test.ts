// Errors when a GPU is lost, out of memory, or missing.
import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { residual, WebGpuError } from '../src/index.js';
import { listAdapters, startWebGpuInNode } from '../src/backends/webgpu/node.js';
import { isSoftware } from '../src/backends/webgpu/device/start.js';
import { gpuBackend, startForTests } from './webgpuKit.js';

const reason = await startForTests();
if (reason !== undefined) console.warn(`SKIPPED: tests of a WebGPU device. ${reason}`);

/** A kernel of ours that returns its input. */
const ours = (x: tf.Tensor): tf.Tensor => residual(x, x, { factor: 0 });

describe.skipIf(reason !== undefined)('a WebGPU device', () => {
  test('that is lost rejects reads with a next step, and a new one replaces it', async () => {
    await startForTests();
    const x = tf.tensor1d([1, 2, 3]);
    const y = ours(x);
    gpuBackend().device.destroy();
    await expect(y.data()).rejects.toThrow(WebGpuError);
    await expect(ours(x).data()).rejects.toThrow(
      /^webgpu: the GPU device was lost.*new device and continue from the last checkpoint/,
    );

    expect(await startForTests()).toBeUndefined();
    const again = await ours(tf.tensor1d([0, 100])).data();
    expect([...again]).toEqual([0, 100]);
  });

  test('that is lost during a read rejects it', async () => {
    await startForTests();
    const pending = ours(tf.ones([1 << 16])).data();
    gpuBackend().device.destroy();
    await expect(pending).rejects.toThrow(/lost/);
    await startForTests();
  });

  test('that is out of memory reports it instead of returning zeros, and stays usable', async () => {
    await startForTests();
    const { device } = gpuBackend();
    // far more than any device has, allocated like tfjs does: without a check
    const huge = (): GPUBuffer =>
      device.createBuffer({ size: device.limits.maxBufferSize, usage: GPUBufferUsage.STORAGE });
    const held: GPUBuffer[] = [];
    let failure: unknown;
    for (let i = 0; i < 512 && !failure; i++) {
      held.push(huge());
      failure = await gpuBackend()
        .throwErrors()
        .then(() => undefined)
        .catch((error: unknown) => error);
    }
    for (const buffer of held) buffer.destroy();
    if (failure === undefined) {
      console.warn('SKIPPED: this device overcommits memory, so out of memory cannot be provoked.');
      return;
    }
    expect(failure).toMatchObject({ failure: 'memory', message: expect.stringMatching(/smaller batch/) });
    expect([...(await ours(tf.tensor1d([100])).data())]).toEqual([100]);
  });

  test('reports a validation error at the next read, once', async () => {
    await startForTests();
    const { device } = gpuBackend();
    device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE });
    const y = ours(tf.tensor1d([100]));
    await expect(y.data()).rejects.toMatchObject({ failure: 'validation' });
    expect([...(await ours(tf.tensor1d([100])).data())]).toEqual([100]);
  });

  test('tensors on it cannot be read synchronously, and the error says how to read them', async () => {
    await startForTests();
    expect(() => ours(tf.tensor1d([1, 2])).dataSync()).toThrow(/await tensor\.data\(\)/);
  });

  test('is found by a part of its name, and an unknown name is an error with the known ones', async () => {
    const names = await listAdapters();
    expect(names.length).toBeGreaterThan(0);
    const info = await startWebGpuInNode({ adapter: names[0]!.slice(0, 8).toLowerCase() });
    expect(info.maxBindingBytes).toBeGreaterThanOrEqual(2 ** 27);
    await expect(startWebGpuInNode({ adapter: 'no such GPU' })).rejects.toThrow(
      `no adapter's name contains "no such GPU"; this machine has ${names.join(', ')}.`,
    );
  });

  test('on the CPU is refused unless it is selected by name', async () => {
    const info = await startWebGpuInNode({ allowSoftware: true });
    if (!info.software) return;
    await expect(startWebGpuInNode()).rejects.toThrow(
      /is a software adapter and slower than the wasm backend/,
    );
  });
});

test('software adapters are recognised by name too', () => {
  const info = (device: string): GPUAdapterInfo =>
    ({ vendor: '', architecture: '', device, description: '' }) as unknown as GPUAdapterInfo;
  expect(isSoftware(info('llvmpipe (LLVM 15)'))).toBe(true);
  expect(isSoftware(info('NVIDIA H100'))).toBe(false);
});
