import { registerTable } from '../../../kernels/table.js';
import { registerConvolutions } from './backend/convolution.js';
import { registerElementwise } from './backend/elementwise.js';
import { CUDA } from './backend/kernel.js';
import { registerLayout } from './backend/layout.js';
import { registerMatMul } from './backend/matMul.js';
import { registerReductions } from './backend/reductions.js';
import { cudaKernels } from './table.js';

let registered = false;

/** Registers the kernels on the backend `cuda`. Starts no device; calling it again does nothing. */
export function registerCudaKernels(): void {
  if (registered) return;
  registered = true;
  registerElementwise();
  registerLayout();
  registerReductions();
  registerMatMul();
  registerConvolutions();
  registerTable(CUDA, cudaKernels);
}
