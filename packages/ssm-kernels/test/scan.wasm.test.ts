import '@tensorflow/tfjs-backend-wasm';
import '@pyramid-mamba/ssm-kernels/gradients';
import { registerWasmKernels } from '../src/backends/wasm/index.js';
import { scanConformance } from './scan.conformance.js';

await registerWasmKernels();
scanConformance('wasm');
