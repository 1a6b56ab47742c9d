import { registerPyramidScan } from './pyramidScan.js';
import { registerSelectiveScan } from './selectiveScan.js';
import { registerSilu } from './silu.js';

let registered = false;

/** Registers the kernels on the backend `webgpu`, tfjs's own or that of startWebGpu. Calling it again does nothing. */
export function registerWebGpuKernels(): void {
  if (registered) return;
  registered = true;
  registerSelectiveScan();
  registerPyramidScan();
  registerSilu();
}
