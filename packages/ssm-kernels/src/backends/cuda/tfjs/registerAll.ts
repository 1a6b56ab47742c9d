import { registerAdam } from './adam.js';
import { registerConvolutions } from './convolution.js';
import { registerElementwise } from './elementwise.js';
import { registerGates } from './gates.js';
import { registerLayout } from './layout.js';
import { registerMatMul } from './matMul.js';
import { registerNormalisations } from './normalisation.js';
import { registerReductions } from './reductions.js';
import { registerScans } from './scans.js';

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
  registerNormalisations();
  registerGates();
  registerScans();
  registerAdam();
}
