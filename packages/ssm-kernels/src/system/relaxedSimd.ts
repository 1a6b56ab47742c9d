import { versions } from 'node:process';
import { setFlagsFromString } from 'node:v8';

/**
 * Lets this process compile WebAssembly with relaxed SIMD in Node 20, which has it behind a flag of V8; later versions have it on. Call
 * it before registerWasmKernels.
 */
export function allowRelaxedSimd(): void {
  if (versions.node.startsWith('20.')) setFlagsFromString('--experimental-wasm-relaxed-simd');
}
