// Starts WebGPU for a test file, makes every GPU error a failure, and a missing adapter a loud skip.
import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe } from 'vitest';
import type { CheckedWebGpuBackend } from '../src/backends/webgpu/device/backend.js';
import type { WebGpuOptions } from '../src/backends/webgpu/device/start.js';

const inNode = typeof process !== 'undefined' && process.versions?.node !== undefined;

/** Whether the environment requires this backend: `REQUIRE_BACKENDS=cpu,wasm,webgpu`. */
function required(): boolean {
  const listed = inNode ? (process.env['REQUIRE_BACKENDS'] ?? '') : 'webgpu';
  return listed.split(',').includes('webgpu');
}

/**
 * Opens a device, also a software one: tests check correctness, not speed.
 *
 * @returns why there is none, or undefined if it runs
 * @throws Error when REQUIRE_BACKENDS names webgpu and there is none
 */
export async function startForTests(options: WebGpuOptions = {}): Promise<string | undefined> {
  try {
    if (inNode) {
      const { nameSwiftShader } = await import('../../../tools/browser/swiftShader.js');
      nameSwiftShader();
      const { startWebGpuInNode } = await import('../src/backends/webgpu/node.js');
      await startWebGpuInNode({ allowSoftware: true, ...options });
    } else {
      const { startWebGpu } = await import('../src/backends/webgpu/device/start.js');
      await startWebGpu({ allowSoftware: true, ...options });
    }
  } catch (error) {
    if (required()) throw error;
    return (error as Error).message;
  }
  poisonReusedBuffers(gpuBackend());
  return undefined;
}

export function gpuBackend(): CheckedWebGpuBackend {
  return tf.findBackend('webgpu') as unknown as CheckedWebGpuBackend;
}

/** Buffers that the backend reuses are filled with NaN, so that an incompletely written output is detected. */
function poisonReusedBuffers(backend: CheckedWebGpuBackend): void {
  const { bufferManager, queue } = backend;
  const acquire = bufferManager.acquireBuffer.bind(bufferManager);
  bufferManager.acquireBuffer = (size, usage, mappedAtCreation, reuse) => {
    const buffer = acquire(size, usage, mappedAtCreation, reuse);
    // a new buffer that is mapped cannot be written by the queue, and is written whole by its owner
    if (usage & GPUBufferUsage.STORAGE && buffer.mapState === 'unmapped')
      queue.writeBuffer(buffer, 0, new Float32Array(Math.ceil(size / 4)).fill(NaN), 0, Math.floor(size / 4));
    return buffer;
  };
}

/** Runs `suite` on WebGPU with every GPU error a failure; without an adapter, prints why and skips. */
export async function onWebGpu(suite: () => void, options: WebGpuOptions = {}): Promise<void> {
  const reason = await startForTests(options);
  if (reason !== undefined) {
    console.warn(`SKIPPED: WebGPU tests. ${reason}`);
    describe.skip(`webgpu: ${reason}`, suite);
    return;
  }
  describe('webgpu', () => {
    afterEach(() => gpuBackend().throwErrors());
    suite();
  });
}
