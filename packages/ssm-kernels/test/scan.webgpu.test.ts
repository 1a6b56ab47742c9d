import '@pyramid-mamba/ssm-kernels/gradients';
import { scanConformance } from './scan.conformance.js';
import { onWebGpu } from './webgpuKit.js';

await onWebGpu(() => scanConformance('webgpu'));
