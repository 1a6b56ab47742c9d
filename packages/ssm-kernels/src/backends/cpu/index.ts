import { registerProjectedScan } from '../composed/projectedScan.js';
import { registerPyramidScan } from './scan/pyramidScan.js';
import { registerSelectiveScan } from './scan/selectiveScan.js';
import { registerTraining } from './training.js';

let registered = false;

/** Registers the reference kernels on tfjs-backend-cpu (import that package yourself). Calling it again does nothing. */
export function registerCpuKernels(): void {
  if (registered) return;
  registered = true;
  registerSelectiveScan();
  registerPyramidScan();
  registerProjectedScan('cpu');
  registerTraining();
}
