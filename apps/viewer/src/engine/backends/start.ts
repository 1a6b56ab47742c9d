import * as tf from '@tensorflow/tfjs-core';
import type { BackendPreference, EngineStatus } from '../engine.js';

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^webgpu: /, '').replace(/\.$/, '');

/** Starts the requested backend, loading its code on demand. `auto` uses a hardware GPU, else WebAssembly, and returns the reason. @param threads of WebAssembly for one picture */
export async function startBackend(preference: BackendPreference, threads: number): Promise<EngineStatus> {
  tf.env().set('PROD', true);
  let refused: string | undefined;
  if (preference !== 'wasm') {
    try {
      const { startGpu } = await import('./webgpu.js');
      const name = await startGpu(preference === 'webgpu');
      return { backend: 'webgpu', line: `Running on WebGPU: ${name}.` };
    } catch (error) {
      refused = reasonOf(error);
      if (preference === 'webgpu') {
        throw new Error(
          `WebGPU was requested and cannot run: ${refused}; remove ?backend=webgpu from the address`,
          {
            cause: error,
          },
        );
      }
    }
  }
  const { startWasm } = await import('./wasm.js');
  const name = await startWasm(threads);
  const why = refused === undefined ? 'as requested' : `not WebGPU: ${refused}`;
  return { backend: 'wasm', line: `Running on ${name}; ${why}.` };
}
