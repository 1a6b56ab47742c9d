import {
  registerCudaKernels as registerBackendKernels,
  startCuda as startBackend,
  type CudaBackendInfo,
  type CudaBackendOptions,
} from '@pyramid-mamba/tfjs-backend-cuda';
import { CUDA } from '@pyramid-mamba/tfjs-backend-cuda/extend';
import { registerTable } from '../../../kernels/table.js';
import { SCAN, TRAINING } from '../sources.js';
import { cudaKernels } from './table.js';

let registered = false;

/** Registers the kernels of TensorFlow.js's ops and ours on the backend `cuda`. Starts no device; calling it again does nothing. */
export function registerCudaKernels(): void {
  registerBackendKernels();
  if (registered) return;
  registered = true;
  registerTable(CUDA, cudaKernels);
}

/**
 * Makes CUDA the backend of tfjs, with our kernels: opens a GPU, compiles the kernels on first use, registers `cuda` with all
 * kernels, and activates it. Calling it again reopens the GPU; earlier tensors are lost.
 *
 * @throws CudaError in one sentence: no driver, no NVRTC, an unsupported architecture, no such device
 */
export async function startCuda(options: CudaBackendOptions = {}): Promise<CudaBackendInfo> {
  registerCudaKernels();
  return startBackend(options, [SCAN, TRAINING]);
}
