import { registerTable } from '../../kernels/table.js';
import { webgpuKernels } from './table.js';

let registered = false;

/** Registers the kernels on the backend `webgpu`, tfjs's own or that of startWebGpu. Calling it again does nothing. */
export function registerWebGpuKernels(): void {
  if (registered) return;
  registered = true;
  registerTable('webgpu', webgpuKernels);
}
