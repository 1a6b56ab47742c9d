// TensorFlow.js on NVIDIA GPUs, for Node: the backend `cuda`.
export { CudaError, type CudaFailure } from '../errors.js';
export type { CudaOptions } from '../device/device.js';
export { registerCudaKernels } from './register.js';
export { startCuda, type CudaBackendInfo, type CudaBackendOptions } from './backend/start.js';
export type { CublasFound } from './backend/startCublas.js';
