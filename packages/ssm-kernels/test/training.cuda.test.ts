import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import { registerCpuKernels } from '../src/backends/cpu/index.js';
import { onCudaBackend } from './cudaBackend.js';
import { trainingConformance } from './training.conformance.js';

registerCpuKernels();
await onCudaBackend(() => trainingConformance('cuda'));
