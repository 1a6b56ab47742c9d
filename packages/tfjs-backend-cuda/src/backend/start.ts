import { findBackendFactory, ready, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { openCuda, type CudaDeviceInfo, type CudaOptions } from '../device/device.js';
import { CudaError } from '../driver/errors.js';
import type { KernelSource } from '../device/source.js';
import { BACKEND } from '../kernels.js';
import { CudaBackend } from './backend.js';
import { CUDA } from './kernel.js';
import { registerCudaKernels } from './register.js';
import { startCublas, type CublasFound } from './startCublas.js';

export interface CudaBackendOptions extends CudaOptions {
  /**
   * Path of cuBLAS's library; false: our own kernels compute matrix products, as when none is found. Default: searched
   * for, unless `driver` names another driver than the system's.
   */
  cublas?: string | false;
}

/** The GPU in use. */
export interface CudaBackendInfo extends CudaDeviceInfo {
  /** What the kernels were compiled for: sm_90, or compute_90 when the driver compiled them from PTX. */
  readonly target: string;
  /** The engine of the matrix products: cuBLAS, or our own kernels, and why. */
  readonly cublas: CublasFound;
}

/**
 * Makes CUDA the backend of tfjs: opens a GPU, compiles the kernels on first use, registers `cuda` with all kernels, and
 * activates it. Calling it again reopens the GPU; earlier tensors are lost.
 *
 * @param sources kernels of further ops, loaded before the backend's own
 * @throws CudaError in one sentence: no driver, no NVRTC, an unsupported architecture, no such device
 */
export async function startCuda(
  options: CudaBackendOptions = {},
  sources: readonly KernelSource[] = [],
): Promise<CudaBackendInfo> {
  const device = await openCuda(options, [...sources, BACKEND]);
  const backend = new CudaBackend(device);
  const cublas = await cublasFor(backend, options);
  // closes the previous device
  if (findBackendFactory(CUDA)) removeBackend(CUDA);
  registerBackend(CUDA, () => backend, 3);
  registerCudaKernels();
  if (!(await setBackend(CUDA))) throw new CudaError('device', 'cuda: the backend failed to start.');
  await ready();
  return { ...device.info, target: device.target, cublas };
}

async function cublasFor(backend: CudaBackend, { cublas, driver }: CudaBackendOptions): Promise<CublasFound> {
  if (cublas === false || (cublas === undefined && driver !== undefined))
    return { missing: 'cuda: cuBLAS is disabled.' };
  try {
    const { version, path } = await startCublas(backend, cublas);
    return { version, path };
  } catch (error) {
    // a given path must exist
    if (cublas !== undefined || !(error instanceof CudaError)) {
      backend.device.close();
      throw error;
    }
    return { missing: error.message };
  }
}
