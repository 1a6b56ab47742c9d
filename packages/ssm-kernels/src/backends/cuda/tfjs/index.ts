// TensorFlow.js on NVIDIA GPUs, for Node: the backend `cuda` with our kernels.
export { CudaError, type CudaFailure, type CudaOptions } from '@pyramid-mamba/tfjs-backend-cuda';
export type { CublasFound, CudaBackendInfo, CudaBackendOptions } from '@pyramid-mamba/tfjs-backend-cuda';
export { registerCudaKernels, startCuda } from './start.js';
