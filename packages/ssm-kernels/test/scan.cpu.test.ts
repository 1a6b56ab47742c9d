import '@tensorflow/tfjs-backend-cpu';
import '@pyramid-mamba/ssm-kernels/gradients';
import { registerCpuKernels } from '../src/backends/cpu/index.js';
import { scanConformance } from './scan.conformance.js';

registerCpuKernels();
scanConformance('cpu');
