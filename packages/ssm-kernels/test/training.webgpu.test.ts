import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import { registerCpuKernels } from '../src/cpu/index.js';
import { trainingConformance } from './training.conformance.js';
import { onWebGpu } from './webgpuKit.js';

registerCpuKernels();
await onWebGpu(() => trainingConformance('webgpu'));
