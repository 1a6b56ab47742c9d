export { WebGpuError, type WebGpuFailure } from './errors.js';
export { registerWebGpuKernels } from './registerAll.js';
export { startWebGpu, type WebGpuInfo, type WebGpuOptions } from './start.js';
