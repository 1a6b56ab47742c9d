import { openCuda as open, type CudaDevice, type CudaOptions } from '@pyramid-mamba/tfjs-backend-cuda';
import { SCAN } from './sources.js';

/**
 * Opens a GPU and loads the scans, which are compiled on first use.
 *
 * @throws CudaError in one sentence: no driver, no NVRTC, an unsupported architecture, no such device
 */
export function openCuda(options: CudaOptions = {}): Promise<CudaDevice> {
  return open(options, [SCAN]);
}
