import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import { registerCpuKernels } from '../src/backends/cpu/index.js';
import { adamStepAllConformance } from './adamStepAll.conformance.js';
import { scanConformance } from './scan.conformance.js';
import { trainingConformance } from './training.conformance.js';
import { onWebGpu } from './webgpuKit.js';

declare global {
  interface ImportMeta {
    readonly env: Readonly<Record<string, string | undefined>>;
  }
}

// the kernels are those that Node's tests compare in full; here a sample shows that the browser compiles and runs them
const oneOf = import.meta.env['FUZZ'] === 'full' ? 1 : 16;

registerCpuKernels();
await onWebGpu(() => {
  scanConformance('webgpu', { oneOf });
  trainingConformance('webgpu', { fewProducts: true, oneOf });
  adamStepAllConformance('webgpu');
});
