// TensorFlow.js on NVIDIA GPUs, for Node: the backend `cuda`; and the GPU itself, for kernels on plain arrays.
export { startCuda, type CudaBackendInfo, type CudaBackendOptions } from './backend/start.js';
export { registerCudaKernels } from './backend/register.js';
export type { CublasFound } from './backend/startCublas.js';
export { listCudaDevices, openCuda, type CudaDevice, type CudaOptions } from './device/device.js';
export type { CudaDeviceInfo, Gpu } from './device/gpu.js';
export { BYTES, type DeviceArray, type PinnedArray } from './device/memory.js';
export type { CudaStream, LaunchSize } from './device/stream.js';
export type { KernelSource } from './device/source.js';
export { CudaError, type CudaFailure } from './driver/errors.js';
