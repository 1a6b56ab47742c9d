import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import { registerCpuKernels } from '../src/backends/cpu/index.js';
import { trainingConformance } from './training.conformance.js';

registerCpuKernels();
trainingConformance('cpu');
