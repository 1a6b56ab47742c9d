import { registerProjectedScan } from '../composed/projectedScan.js';
import { compileKernels } from './module/module.js';
import { registerPyramidScan } from './scan/pyramidScan.js';
import { registerSelectiveScan } from './scan/selectiveScan.js';
import { registerTraining } from './training.js';

let registering: Promise<void> | undefined;

/**
 * Compiles the kernels and registers them on tfjs-backend-wasm (import that package yourself). Await it before the first op.
 * Calling it again returns the same promise.
 */
export function registerWasmKernels(): Promise<void> {
  registering ??= register();
  return registering;
}

async function register(): Promise<void> {
  await compileKernels();
  registerSelectiveScan();
  registerPyramidScan();
  registerProjectedScan('wasm');
  registerTraining();
}
