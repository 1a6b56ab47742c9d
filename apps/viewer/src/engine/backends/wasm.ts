import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { registerWasmKernels, replaceWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import { canShareMemory, startWasmThreads, wasmThreads } from '@pyramid-mamba/ssm-kernels/wasm/threads';
import * as tf from '@tensorflow/tfjs-core';

const addressOf = (file: string): string => new URL(file, import.meta.url).href;

/** Makes WebAssembly the backend; its files come from the page's origin. On so many threads where the page may share memory: see docs/threads.md. */
export async function startWasm(threads = 1): Promise<string> {
  await registerWasmKernels();
  await replaceWasmKernels();
  if (threads > 1 && canShareMemory()) {
    const answer = await fetch(addressOf(simd));
    if (!answer.ok)
      throw new Error(`WebAssembly failed to start: its file was answered with ${answer.status}`);
    const binary = new Uint8Array(await answer.arrayBuffer());
    // the page's policy allows no worker made of text
    const worker = () =>
      new Worker(new URL('./teamWorker.ts', import.meta.url), { type: 'module', name: 'team' });
    // where a helper does not start the backend computes alone
    await startWasmThreads({ threads, binary, worker }).catch((error: unknown) => {
      if (tf.getBackend() !== 'wasm') throw error;
    });
    return described(wasmThreads());
  }
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths({
    'tfjs-backend-wasm.wasm': addressOf(plain),
    'tfjs-backend-wasm-simd.wasm': addressOf(simd),
    'tfjs-backend-wasm-threaded-simd.wasm': addressOf(simd),
  });
  if (!(await tf.setBackend('wasm'))) {
    throw new Error('WebAssembly failed to start; use a browser from 2021 or later with WebAssembly SIMD');
  }
  await tf.ready();
  return described(1);
}

const described = (threads: number): string =>
  `WebAssembly with SIMD, ${threads === 1 ? 'one thread' : `${threads} threads`}`;
