import { registerConvolutions } from '../ops/convolution.js';
import { registerElementwise } from '../ops/elementwise.js';
import { registerLayout } from '../ops/layout.js';
import { registerMatMul } from '../ops/matMul.js';
import { registerReductions } from '../ops/reductions.js';

let registered = false;

/** Registers the kernels of TensorFlow.js's ops on the backend `cuda`. Starts no device; calling it again does nothing. */
export function registerCudaKernels(): void {
  if (registered) return;
  registered = true;
  registerElementwise();
  registerLayout();
  registerReductions();
  registerMatMul();
  registerConvolutions();
}
