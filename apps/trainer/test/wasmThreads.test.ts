import { wasmThreads } from '@pyramid-mamba/ssm-kernels/wasm/threads';
import { expect, test } from 'vitest';
import { pickBackend, takeOneThread, withOneThread } from '../src/backend.js';

test('the engine has the threads that it is given, says so, and gives them back after work that is for one', async () => {
  expect((await pickBackend('wasm', 3)).line).toBe('backend: wasm (WebAssembly with SIMD, 3 threads)');
  expect(await withOneThread(async () => wasmThreads())).toBe(1);
  expect(wasmThreads()).toBe(3);
  const giveBack = await takeOneThread();
  expect(wasmThreads()).toBe(1);
  await giveBack();
  expect(wasmThreads()).toBe(3);
  await expect(withOneThread(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(wasmThreads()).toBe(3);
  expect((await pickBackend('wasm', 1)).line).toBe('backend: wasm (WebAssembly with SIMD, one thread)');
  // more would have too little each
  expect((await pickBackend('wasm', 100)).line).toBe('backend: wasm (WebAssembly with SIMD, 8 threads)');
  await pickBackend('cpu');
  expect(await withOneThread(async () => wasmThreads())).toBe(8);
  await pickBackend('wasm', 1);
});
