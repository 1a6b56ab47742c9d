import { registerTable } from '../../kernels/table.js';
import { compileKernels } from './module/module.js';
import { addMissingKernels } from './tfjs/addMissing.js';
import { wasmKernels } from './table.js';

let registering: Promise<void> | undefined;

/**
 * Compiles the kernels and registers them on tfjs-backend-wasm (import that package yourself), with the gradients of convolutions
 * that it lacks. None of its own kernels changes: see replaceWasmKernels. Await it before the first op. Calling it again returns
 * the same promise.
 */
export function registerWasmKernels(): Promise<void> {
  registering ??= register();
  return registering;
}

async function register(): Promise<void> {
  await compileKernels();
  registerTable('wasm', wasmKernels);
  addMissingKernels();
}
