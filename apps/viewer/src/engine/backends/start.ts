import * as tf from '@tensorflow/tfjs-core';
import type { BackendPreference, EngineStatus } from '../engine.js';

const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/^webgpu: /, '').replace(/\.$/, '');

/** Starts the backend asked for, loading its code only now. `auto` takes a real GPU, else WebAssembly, and says why. */
export async function startBackend(preference: BackendPreference): Promise<EngineStatus> {
  tf.env().set('PROD', true);
  let refused: string | undefined;
  if (preference !== 'wasm') {
    try {
      const { startGpu } = await import('./webgpu.js');
      const name = await startGpu(preference === 'webgpu');
      return { backend: 'webgpu', line: `Computing on WebGPU: ${name}.` };
    } catch (error) {
      refused = reasonOf(error);
      if (preference === 'webgpu') {
        throw new Error(`WebGPU was asked for and cannot run: ${refused}; leave ?backend=webgpu out`, {
          cause: error,
        });
      }
    }
  }
  const { startWasm } = await import('./wasm.js');
  const name = await startWasm();
  const why = refused === undefined ? 'as asked for' : `not WebGPU: ${refused}`;
  return { backend: 'wasm', line: `Computing on ${name}; ${why}.` };
}
