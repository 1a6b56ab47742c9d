import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { registerWasmKernels, replaceWasmKernels } from '@pyramid-mamba/ssm-kernels/wasm';
import * as tf from '@tensorflow/tfjs-core';

/** Makes WebAssembly the backend; its files come from the page's origin. */
export async function startWasm(): Promise<string> {
  // threads need shared memory, which our kernels do not import, and headers that a plain host does not send
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths({
    'tfjs-backend-wasm.wasm': new URL(plain, import.meta.url).href,
    'tfjs-backend-wasm-simd.wasm': new URL(simd, import.meta.url).href,
    'tfjs-backend-wasm-threaded-simd.wasm': new URL(simd, import.meta.url).href,
  });
  if (!(await tf.setBackend('wasm'))) {
    throw new Error('WebAssembly failed to start; use a browser from 2021 or later with WebAssembly SIMD');
  }
  await tf.ready();
  await registerWasmKernels();
  await replaceWasmKernels();
  return 'WebAssembly with SIMD, one thread';
}
