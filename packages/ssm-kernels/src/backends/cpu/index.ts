import { registerTable } from '../../kernels/table.js';
import { cpuKernels } from './table.js';

let registered = false;

/** Registers the reference kernels on tfjs-backend-cpu (import that package yourself). Calling it again does nothing. */
export function registerCpuKernels(): void {
  if (registered) return;
  registered = true;
  registerTable('cpu', cpuKernels);
}
