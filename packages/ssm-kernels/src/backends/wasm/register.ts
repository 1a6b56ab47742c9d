import { registerTable } from '../../kernels/table.js';
import { compileKernels, type WasmKernelsInfo } from './module/module.js';
import { addMissingKernels } from './tfjs/addMissing.js';
import { wasmKernels } from './table.js';

let registering: Promise<WasmKernelsInfo> | undefined;

/**
 * Compiles the kernels and registers them on tfjs-backend-wasm (import that package yourself), with the gradients of convolutions
 * that it lacks. None of its own kernels changes: see replaceWasmKernels. Await it before the first op. Calling it again returns
 * the same promise.
 *
 * @param options `fused: true` compiles with relaxed SIMD where the engine has it: faster, but values differ within rounding from those of
 *   engines without it; default: without, for values that are bit-identical in every engine
 */
export function registerWasmKernels(options: { fused?: boolean } = {}): Promise<WasmKernelsInfo> {
  registering ??= register(options.fused);
  return registering;
}

async function register(fused: boolean | undefined): Promise<WasmKernelsInfo> {
  const info = await compileKernels(fused);
  registerTable('wasm', wasmKernels);
  addMissingKernels();
  return info;
}
