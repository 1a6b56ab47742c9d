// TensorFlow.js on NVIDIA GPUs, for Node: the backend `cuda`.
export { CudaError, type CudaFailure } from '../errors.js';
export type { CudaOptions } from '../device/device.js';
export { registerCudaKernels } from './registerAll.js';
export { startCuda, type CudaBackendInfo, type CudaBackendOptions } from './start.js';
export type { CublasFound } from './startCublas.js';
