export { WebGpuError, type WebGpuFailure } from './device/errors.js';
export { registerWebGpuKernels } from './register.js';
export { startWebGpu, type WebGpuInfo, type WebGpuOptions } from './device/start.js';
