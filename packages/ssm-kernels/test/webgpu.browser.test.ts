import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import { registerCpuKernels } from '../src/backends/cpu/index.js';
import { adamStepAllConformance } from './adamStepAll.conformance.js';
import { scanConformance } from './scan.conformance.js';
import { trainingConformance } from './training.conformance.js';
import { onWebGpu } from './webgpuKit.js';

registerCpuKernels();
await onWebGpu(() => {
  scanConformance('webgpu');
  trainingConformance('webgpu');
  adamStepAllConformance('webgpu');
});
