import { findBackendFactory, ready, registerBackend, removeBackend, setBackend } from '@tensorflow/tfjs-core';
import { openCuda, type CudaDeviceInfo, type CudaOptions } from '../device.js';
import { CudaError } from '../errors.js';
import { OPS } from '../kernelImage.js';
import { CudaBackend } from './backend.js';
import { CUDA } from './kernel.js';
import { registerCudaKernels } from './registerAll.js';

/** The GPU in use. */
export interface CudaBackendInfo extends CudaDeviceInfo {
  /** What the kernels were compiled for: sm_90, or compute_90 when the driver compiled them from PTX. */
  readonly target: string;
}

/**
 * Makes CUDA the backend of tfjs: opens a GPU, compiles the kernels the first time, registers `cuda` with all kernels, and
 * activates it. Calling it again opens the GPU anew; tensors of before are gone.
 *
 * @throws CudaError in one sentence: no driver, no NVRTC, an architecture that does not fit, no such device
 */
export async function startCuda(options: CudaOptions = {}): Promise<CudaBackendInfo> {
  const device = await openCuda(options);
  try {
    await device.loadKernels(OPS);
  } catch (error) {
    device.close();
    throw error;
  }
  const backend = new CudaBackend(device);
  // closes the device of before
  if (findBackendFactory(CUDA)) removeBackend(CUDA);
  registerBackend(CUDA, () => backend, 3);
  registerCudaKernels();
  if (!(await setBackend(CUDA))) throw new CudaError('device', 'cuda: the backend does not start.');
  await ready();
  return { ...device.info, target: device.target };
}
