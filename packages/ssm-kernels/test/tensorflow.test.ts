import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import { registerCpuKernels } from '../src/backends/cpu/index.js';
import { adamStepAllConformance } from './adamStepAll.conformance.js';
import { scanConformance } from './scan.conformance.js';
import { onTensorflow } from './tensorflowKit.js';
import { trainingConformance } from './training.conformance.js';

registerCpuKernels();
await onTensorflow(() => {
  scanConformance('tensorflow');
  trainingConformance('tensorflow');
  adamStepAllConformance('tensorflow');
});
